package azure

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// attempts is how often a document is written anew on what somebody else has made of it meanwhile.
const attempts = 4

// pollTime is the most time between two looks where the service does not say.
const pollTime = 10 * time.Second

// writeTime bounds a single call that is to be finished though the caller does not wait any longer.
const writeTime = 2 * time.Minute

// Do carries out ops. Those of a gateway are one write of its document.
func (p *Provider) Do(ctx context.Context, batch provider.Batch) []provider.Outcome {
	if len(batch.Ops) > 0 && batch.Ops[0].Key.Kind == KindPublicIP {
		outcomes := make([]provider.Outcome, len(batch.Ops))
		for i, op := range batch.Ops {
			outcomes[i] = p.doPublicIP(ctx, op)
		}
		return outcomes
	}
	w := p.newWork(batch)
	if w.deletesGateway() {
		w.deleteGateway(ctx)
		return w.outcomes
	}
	err := w.write(ctx, w.all())
	if code := provider.CodeOf(err); code != provider.Invalid && code != provider.Quota || len(w.balancers()) < 2 {
		return w.outcomes
	}
	// Azure refuses the whole document for one fault: the load balancers are written one by one, so
	// that only the one at fault fails.
	for _, lb := range w.balancers() {
		_ = w.write(ctx, w.of(lb)) // the outcomes tell
	}
	return w.outcomes
}

// doPublicIP makes or deletes an address.
func (p *Provider) doPublicIP(ctx context.Context, op provider.Op) provider.Outcome {
	if ctx.Err() != nil {
		return failed(op.Key, ended(ctx, string(op.Action), op.Key))
	}
	ctx, cancel := finishing(ctx)
	defer cancel()
	if op.Action == provider.Delete {
		if err := p.client.deletePublicIP(ctx, p.options.ResourceGroup, op.Key.Name); err != nil && !absent(err) {
			return failed(op.Key, named(err, "delete", op.Key))
		}
		return provider.Outcome{Key: op.Key, State: provider.Done}
	}
	tags := map[string]any{tagCluster: p.options.ClusterID, tagBalancer: string(op.Want.Owner.LoadBalancer)}
	made, err := p.client.createPublicIP(ctx, p.options.ResourceGroup, publicIP{name: op.Key.Name, location: p.options.Location, tags: tags})
	if provider.CodeOf(err) == provider.Conflict {
		made, err = p.adoptPublicIP(ctx, op.Key)
	}
	if err != nil {
		return failed(op.Key, named(err, "create", op.Key))
	}
	have := p.toPublicIP(made)
	return provider.Outcome{Key: op.Key, State: provider.Done, Have: &have}
}

// adoptPublicIP takes over an address that is there already, if it is ours.
func (p *Provider) adoptPublicIP(ctx context.Context, key provider.Key) (publicIP, error) {
	have, err := p.client.publicIP(ctx, p.publicIPID(key.Name))
	if err == nil && !p.ownsResource(have.name, have.tags) {
		err = fail(provider.Conflict, "create", key, "somebody else has a public IP address of that name")
	}
	return have, err
}

func failed(key provider.Key, err error) provider.Outcome {
	return provider.Outcome{Key: key, State: provider.Failed, Err: err}
}

// finishing is a context for a write that is to be finished whatever becomes of the caller.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), writeTime)
}

// work is one batch for one gateway.
type work struct {
	p        *Provider
	batch    provider.Batch
	key      provider.Key // of the gateway
	name     string
	outcomes []provider.Outcome
}

func (p *Provider) newWork(batch provider.Batch) *work {
	w := &work{p: p, batch: batch, outcomes: make([]provider.Outcome, len(batch.Ops))}
	for i, op := range batch.Ops {
		w.name = op.Key.Place
		if op.Key.Kind == KindGateway {
			w.name = op.Key.Name
		}
		w.outcomes[i] = provider.Outcome{Key: op.Key, State: provider.Blocked}
	}
	w.key = p.key(KindGateway, w.name, "")
	return w
}

func (w *work) all() []int {
	all := make([]int, len(w.batch.Ops))
	for i := range all {
		all[i] = i
	}
	return all
}

// balancers are those that the ops belong to.
func (w *work) balancers() []model.ID {
	var all []model.ID
	for _, op := range w.batch.Ops {
		if lb := balancerOf(op); !slices.Contains(all, lb) {
			all = append(all, lb)
		}
	}
	return all
}

func (w *work) of(lb model.ID) []int {
	return slices.DeleteFunc(w.all(), func(i int) bool { return balancerOf(w.batch.Ops[i]) != lb })
}

func balancerOf(op provider.Op) model.ID {
	if op.Want != nil {
		return op.Want.Owner.LoadBalancer
	}
	return op.Have.Owner.LoadBalancer
}

func (w *work) deletesGateway() bool {
	return slices.ContainsFunc(w.batch.Ops, func(op provider.Op) bool { return op.Key.Kind == KindGateway && op.Action == provider.Delete })
}

// deleteGateway deletes the gateway and with it all parts.
func (w *work) deleteGateway(ctx context.Context) {
	err := w.doDelete(ctx)
	for i, op := range w.batch.Ops {
		switch {
		case err != nil:
			w.outcomes[i] = failed(op.Key, named(err, "delete", w.key))
		case op.Action == provider.Delete:
			w.outcomes[i] = provider.Outcome{Key: op.Key, State: provider.Done}
		}
	}
}

func (w *work) doDelete(ctx context.Context) error {
	if ctx.Err() != nil {
		return ended(ctx, "delete", w.key)
	}
	call, cancel := finishing(ctx)
	defer cancel()
	r, err := w.p.client.deleteGateway(call, w.p.options.ResourceGroup, w.name)
	for looks := 0; err == nil; looks++ {
		if err = w.p.wait(ctx, r, looks); err != nil {
			break
		}
		_, err = w.p.client.gateway(ctx, w.p.options.ResourceGroup, w.name)
	}
	if absent(err) {
		return nil
	}
	return err
}

// wait lets the time pass that the service asks for, or where it does not a second, and more at
// each look.
func (p *Provider) wait(ctx context.Context, r reply, looks int) error {
	// What the service asks for is in the time of the wire, whatever clock the caller follows.
	c, wait := clock.System(), r.wait
	if wait == 0 {
		c, wait = p.clock, min(time.Second<<min(looks, 10), pollTime)
	}
	if err := clock.Wait(ctx, c, wait); err != nil {
		return &provider.Error{Code: provider.InProgress, Op: "wait", Err: errors.Join(errWaiting, err)}
	}
	return nil
}

var errWaiting = errors.New("the cloud is still at work")

// write applies some ops to the document and writes it, on what is there now where that has
// changed.
func (w *work) write(ctx context.Context, ops []int) error {
	base, err := w.base(ctx)
	for range attempts {
		if err != nil {
			break
		}
		if ctx.Err() != nil {
			err = ended(ctx, "write", w.key)
			break
		}
		d, done := w.apply(base, ops)
		if len(done) == 0 {
			return nil
		}
		if base.ready() && reflect.DeepEqual(d.request(), base.request()) {
			return w.settle(ctx, base, done) // it says so already
		}
		var now document
		if now, err = w.put(ctx, d, base); err == nil {
			return w.settle(ctx, now, done)
		}
		if !stale(err) {
			w.fail(done, err)
			return err
		}
		base, err = w.fresh(ctx)
	}
	w.fail(ops, err)
	return err
}

// stale tells whether a write was refused because the document is not the one that it was made
// from.
func stale(err error) bool {
	return provider.CodeOf(err) == provider.Conflict && errors.Is(err, errStale)
}

var errStale = errors.New("the gateway was changed by somebody else")

// base is the document that the core holds, or the one that is there, or a new one.
func (w *work) base(ctx context.Context) (document, error) {
	if have, ok := w.batch.Have(w.key); ok {
		if g, ok := have.Spec.(GatewaySpec); ok && g.document != nil {
			return g.document, nil
		}
	}
	if i := w.creates(); i >= 0 {
		return w.p.newGateway(ctx, w.name, w.batch.Ops[i].Want)
	}
	return w.fresh(ctx)
}

// creates is the op that makes the gateway, or -1.
func (w *work) creates() int {
	return slices.IndexFunc(w.batch.Ops, func(op provider.Op) bool { return op.Key.Kind == KindGateway && op.Action == provider.Create })
}

// fresh reads the document. One of our own must be ours.
func (w *work) fresh(ctx context.Context) (document, error) {
	d, err := w.p.client.gateway(ctx, w.p.options.ResourceGroup, w.name)
	if err == nil && w.p.options.Gateway == "" && !w.p.ownsResource(w.name, d.tags()) {
		return nil, fail(provider.Conflict, "create", w.key, "somebody else has a gateway of that name")
	}
	return d, err
}

// put writes a document and returns it as it is once the service has taken it. What is looked at is
// the gateway itself, so that one look tells both how it ended and the ETag for the next write
// (docs/decisions/0009-azure-polls.md).
func (w *work) put(ctx context.Context, d document, base document) (document, error) {
	call, cancel := finishing(ctx)
	defer cancel()
	r, err := w.p.client.putGateway(call, w.p.options.ResourceGroup, w.name, d.request(), base.etag(), w.creates() >= 0 && base.etag() == "")
	if provider.CodeOf(err) == provider.Conflict {
		return nil, &provider.Error{Code: provider.Conflict, Op: "write", Key: w.key, Err: errors.Join(errStale, err)}
	}
	now := r.document
	for looks := 0; err == nil; looks++ {
		switch state := now.state(); {
		case state == "Succeeded", state == "" && r.operation == "":
			return now, nil
		case state == "Failed", state == "Canceled":
			return nil, w.p.client.operationError(ctx, r.operation)
		}
		if err = w.p.wait(ctx, r, looks); err == nil {
			now, err = w.p.client.gateway(ctx, w.p.options.ResourceGroup, w.name)
		}
	}
	return nil, err
}

// fail notes an error for ops.
func (w *work) fail(ops []int, err error) {
	state := provider.Failed
	if provider.CodeOf(err) == provider.InProgress && errors.Is(err, errWaiting) {
		state = provider.Pending // begun: the cloud goes on with it
	}
	for _, i := range ops {
		key := w.batch.Ops[i].Key
		w.outcomes[i] = provider.Outcome{Key: key, State: state, RetryAfter: provider.RetryAfterOf(err)}
		if state == provider.Failed {
			w.outcomes[i].Err = named(err, "write", key)
		}
	}
}

// settle reads the outcomes out of the document as it now is.
func (w *work) settle(ctx context.Context, now document, done []int) error {
	addresses, err := w.addresses(ctx, now)
	if err != nil {
		w.fail(done, err)
		return err
	}
	have := map[provider.Key]*provider.Resource{}
	resources := w.p.resources(now, addresses)
	for i := range resources {
		have[resources[i].Key] = &resources[i]
	}
	var also []provider.Resource
	if w.creates() < 0 {
		also = []provider.Resource{*have[w.key]}
	}
	for _, i := range done {
		op := w.batch.Ops[i]
		o := provider.Outcome{Key: op.Key, State: provider.Done, Have: have[op.Key], Also: also}
		switch {
		case op.Action == provider.Delete:
			o.Have = nil
		case o.Have == nil || len(w.p.Compare(*op.Want, *o.Have)) > 0:
			o = failed(op.Key, fail(provider.Conflict, "write", op.Key, "it is not as it was written: somebody else writes to the gateway"))
		}
		w.outcomes[i] = o
	}
	return nil
}

// addresses are those that the core has seen, or that the gateway's own public IP address has.
func (w *work) addresses(ctx context.Context, now document) (map[Frontend]string, error) {
	if have, ok := w.batch.Have(w.key); ok {
		if g, ok := have.Spec.(GatewaySpec); ok && len(g.addresses) > 0 {
			return g.addresses, nil
		}
	}
	if have, ok := w.batch.Have(w.p.key(KindPublicIP, w.name, "")); ok {
		if ip, ok := have.Spec.(PublicIPSpec); ok && ip.address != "" {
			return map[Frontend]string{FrontendPublic: ip.address}, nil
		}
	}
	return w.p.addressesOf(ctx, now)
}
