package small

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Cloud stores resources and serves them.
type Cloud struct {
	wire
	plane *plane

	mu        sync.Mutex
	objects   map[provider.Key]provider.Resource
	addresses map[provider.Key]string
}

// NewCloud returns an empty cloud that reaches pods through dial.
func NewCloud(dial dataplane.Dialer) *Cloud {
	return &Cloud{plane: newPlane(dial), objects: map[provider.Key]provider.Resource{}, addresses: map[provider.Key]string{}}
}

// Close ends the data plane.
func (c *Cloud) Close() { c.plane.front.Close() }

// Put stores what another cluster owns, or nobody.
func (c *Cloud) Put(r provider.Resource) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.objects[r.Key] = r
	c.plane.follow(c.objects, c.addresses)
}

// Snapshot is everything that is stored.
func (c *Cloud) Snapshot() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]string{}
	for k, r := range c.objects {
		r.Origin = nil
		out[k.Kind+"/"+k.Place+"/"+k.Name] = string(text(r))
	}
	return out
}

// call is one call of the cloud's API.
func (c *Cloud) call(write bool, effect func() error) error {
	f := c.fate(write)
	if f.before {
		return f.err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := effect()
	c.settle()
	return errors.Join(err, f.err)
}

// transact carries out all ops or none; failed is the index of the one that cannot be.
func (c *Cloud) transact(p *Provider, ops []provider.Op) (out []provider.Outcome, failed int, err error) {
	before := maps.Clone(c.objects)
	for i, op := range ops {
		o, err := c.do(p, op)
		if err != nil {
			c.objects = before
			return nil, i, err
		}
		out = append(out, o)
	}
	c.plane.follow(c.objects, c.addresses)
	return out, -1, nil
}

func (c *Cloud) do(p *Provider, op provider.Op) (provider.Outcome, error) {
	have, there := c.objects[op.Key]
	out := provider.Outcome{Key: op.Key, State: provider.Done}
	switch {
	case there && have.Owner.Cluster != p.cluster && !p.Careless:
		return out, failure(provider.Conflict, provider.ErrNotOwned)
	case op.Action == provider.Delete:
		return c.remove(op.Key, out)
	case op.Action == provider.Update && !there:
		return out, failure(provider.NotFound, errMissing)
	case there && !changeable(have.Spec, op.Want.Spec):
		return out, failure(provider.Invalid, errFixed)
	}
	for _, k := range needs(op.Want.Spec) {
		if _, ok := c.objects[k]; !ok {
			return out, failure(provider.NotFound, fmt.Errorf("%s: %w", k, errMissing))
		}
	}
	r := *op.Want
	r.Origin, r.Needs = nil, needs(r.Spec)
	c.objects[op.Key] = r
	if op.Key.Kind == KindBalancer && c.addresses[op.Key] == "" {
		c.addresses[op.Key] = fmt.Sprintf("198.51.100.%d", len(c.addresses)+1)
	}
	r = c.observed(r)
	out.Have = &r
	return out, nil
}

// changeable reports whether a spec can take the place of another.
func changeable(have, want any) bool {
	switch h := have.(type) {
	case BalancerSpec:
		w, ok := want.(BalancerSpec)
		return ok && w.Scheme == h.Scheme
	case CertificateSpec:
		w, ok := want.(CertificateSpec)
		return ok && w.Sum == h.Sum
	case ListenerSpec:
		w, ok := want.(ListenerSpec)
		return ok && w.Protocol == h.Protocol && w.Port == h.Port && w.Balancer == h.Balancer
	case GroupSpec:
		w, ok := want.(GroupSpec)
		return ok && w.Protocol == h.Protocol
	default:
		return true
	}
}

// remove deletes what nothing refers to. Members go once their last request has ended, and a group
// takes its members with it.
func (c *Cloud) remove(k provider.Key, out provider.Outcome) (provider.Outcome, error) {
	for other, r := range c.objects {
		if slices.Contains(needs(r.Spec), k) && other != membersOf(k) {
			return out, failure(provider.Conflict, fmt.Errorf("%s: %w", other, errInUse))
		}
	}
	have, there := c.objects[k]
	if spec, ok := have.Spec.(MembersSpec); ok && there && c.plane.busy(spec.Group) {
		spec.Members = []netip.AddrPort{}
		have.Spec = spec
		c.objects[k] = have
		r := c.observed(have)
		out.State, out.Have = provider.Pending, &r
		return out, nil
	}
	delete(c.objects, k)
	if k.Kind == KindGroup {
		delete(c.objects, membersOf(k))
	}
	return out, nil
}

// observed is the form of a resource that the cloud shows. It never shows a private key.
func (c *Cloud) observed(r provider.Resource) provider.Resource {
	r.Output = provider.Output{ID: r.Key.String(), Ready: true}
	if a := c.addresses[r.Key]; a != "" {
		r.Output.Addresses = []string{a}
	}
	if spec, ok := r.Spec.(CertificateSpec); ok {
		spec.Key = model.Secret{}
		r.Spec = spec
	}
	return r
}

// Calls counts calls of the API.
type Calls struct{ Reads, Writes int }

// Fault is what happens to writes.
type Fault struct {
	Code   provider.Code // of the error
	Effect bool          // the write is done all the same
}

// wire counts calls, and disturbs them.
type wire struct {
	gate    sync.Mutex
	calls   Calls
	fault   *Fault
	left    int // writes before the crash
	crashed chan struct{}
}

type fate struct {
	before bool
	err    error
}

var errCut = errors.New("the connection was cut")

// fate decides on one call.
func (w *wire) fate(write bool) fate {
	w.gate.Lock()
	defer w.gate.Unlock()
	if !write {
		w.calls.Reads++
	} else {
		w.calls.Writes++
	}
	switch {
	case w.crashed != nil && w.left <= 0:
		return fate{true, failure(provider.Unavailable, errCut)}
	case w.crashed != nil && write:
		w.left--
		if w.left == 0 {
			return fate{false, failure(provider.Unavailable, errCut)}
		}
	case w.fault != nil && write:
		return fate{!w.fault.Effect, failure(w.fault.Code, errCut)}
	}
	return fate{}
}

// settle reports a crash once the last write has had its effect.
func (w *wire) settle() {
	w.gate.Lock()
	defer w.gate.Unlock()
	if w.crashed != nil && w.left == 0 {
		w.left = -1
		close(w.crashed)
	}
}

// Calls returns the calls since the last Reset.
func (w *wire) Calls() Calls {
	w.gate.Lock()
	defer w.gate.Unlock()
	return w.calls
}

// Reset forgets the calls.
func (w *wire) Reset() {
	w.gate.Lock()
	defer w.gate.Unlock()
	w.calls = Calls{}
}

// Inject disturbs every write until Heal.
func (w *wire) Inject(f Fault) {
	w.gate.Lock()
	defer w.gate.Unlock()
	w.fault = &f
}

// CrashAfter cuts every call after n writes, and the reply to the last of them. It closes the
// channel at that moment.
func (w *wire) CrashAfter(n int) <-chan struct{} {
	w.gate.Lock()
	w.left, w.crashed = n, make(chan struct{})
	crashed := w.crashed
	w.gate.Unlock()
	w.settle()
	return crashed
}

// Heal ends crash and fault.
func (w *wire) Heal() {
	w.gate.Lock()
	defer w.gate.Unlock()
	w.fault, w.crashed = nil, nil
}

// Dial reaches the data plane.
func (c *Cloud) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.plane.front.Dial(ctx, network, address)
}
