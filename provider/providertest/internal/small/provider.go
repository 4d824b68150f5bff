package small

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// Provider is one process that talks to a [Cloud].
type Provider struct {
	// Careless has the cloud change and delete what others own, as most clouds do.
	Careless bool

	cloud   *Cloud
	cluster string
}

// New returns a provider for a cluster of the cloud.
func New(c *Cloud, cluster string) *Provider { return &Provider{cloud: c, cluster: cluster} }

var (
	_ provider.Provider     = (*Provider)(nil)
	_ provider.HealthReader = (*Provider)(nil)
)

var (
	errMissing = errors.New("it does not exist")
	errInUse   = errors.New("something refers to it")
	errFixed   = errors.New("a field cannot change")
)

// Name is "small".
func (*Provider) Name() string { return "small" }

// Observe reads what the cluster owns of the scope.
func (p *Provider) Observe(_ context.Context, in provider.Scope) ([]provider.Resource, error) {
	var out []provider.Resource
	err := p.cloud.call(false, func() error {
		for _, r := range p.cloud.objects {
			if r.Owner.Cluster == p.cluster && in.Contains(r.Owner.LoadBalancer) {
				out = append(out, p.cloud.observed(r))
			}
		}
		return nil
	})
	slices.SortFunc(out, provider.CompareResources)
	return out, err
}

// Health calls every member healthy.
func (p *Provider) Health(_ context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	out := map[provider.Key][]provider.EndpointHealth{}
	err := p.cloud.call(false, func() error {
		for _, r := range have {
			if r.Key.Kind != KindGroup {
				continue
			}
			for _, e := range p.Registered(p.cloud.objects[membersOf(r.Key)]) {
				out[r.Key] = append(out[r.Key], provider.EndpointHealth{Endpoint: e, Healthy: true})
			}
		}
		return nil
	})
	return out, err
}

func membersOf(group provider.Key) provider.Key {
	group.Kind = KindMembers
	return group
}

// Do carries out a batch in one write. Members that leave are deregistered in another one.
func (p *Provider) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if len(b.Ops) == 1 && b.Ops[0].Key.Kind == KindMembers {
		if out, ended := p.register(ctx, b.Ops[0]); ended {
			return []provider.Outcome{out}
		}
	}
	return p.write(ctx, b.Ops)
}

// register adds the new members to those that are there, where others are to leave. It reports
// whether that is all that can be done.
func (p *Provider) register(ctx context.Context, op provider.Op) (provider.Outcome, bool) {
	if op.Action != provider.Update {
		return provider.Outcome{}, false
	}
	want, _ := op.Want.Spec.(MembersSpec)
	have, _ := op.Have.Spec.(MembersSpec)
	all := *op.Want
	want.Members = slices.Concat(want.Members, have.Members)
	slices.SortFunc(want.Members, netip.AddrPort.Compare)
	want.Members = slices.Compact(want.Members)
	leave := len(want.Members) - lenOf(op.Want)
	if leave == 0 || len(want.Members) == len(have.Members) {
		return provider.Outcome{}, false // one write will do
	}
	all.Spec = want
	op.Want = &all
	out := p.write(ctx, []provider.Op{op})[0]
	return out, out.State != provider.Done
}

func lenOf(r *provider.Resource) int {
	spec, _ := r.Spec.(MembersSpec)
	return len(spec.Members)
}

// write carries out all ops or none.
func (p *Provider) write(ctx context.Context, ops []provider.Op) []provider.Outcome {
	failed := -1
	var out []provider.Outcome
	err := ctx.Err()
	if err == nil {
		err = p.cloud.call(true, func() error {
			out, failed, err = p.cloud.transact(p, ops)
			return err
		})
	}
	if err == nil {
		return out
	}
	out = make([]provider.Outcome, len(ops))
	for i, op := range ops {
		out[i] = provider.Outcome{Key: op.Key, State: provider.Failed, Err: provider.WithKey(err, string(op.Action), op.Key)}
		if failed >= 0 && i != failed {
			out[i].State = provider.Blocked
		}
	}
	return out
}

func failure(code provider.Code, err error) error {
	return &provider.Error{Code: code, Op: "write", RetryAfter: time.Second, Err: err}
}
