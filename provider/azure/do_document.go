package azure

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// maxAttempts is how often a write is repeated because the document has changed since it was read.
const maxAttempts = 4

// documentWrite writes the ops of one batch into the document of one gateway.
type documentWrite struct {
	p        *Provider
	batch    provider.Batch
	key      provider.Key // of the gateway
	outcomes []provider.Outcome
}

func (p *Provider) newDocumentWrite(batch provider.Batch) *documentWrite {
	w := &documentWrite{p: p, batch: batch, outcomes: make([]provider.Outcome, len(batch.Ops))}
	name := ""
	for i, op := range batch.Ops {
		name = op.Key.Place
		if op.Key.Kind == KindGateway {
			name = op.Key.Name
		}
		w.outcomes[i] = provider.Outcome{Key: op.Key, State: provider.Blocked}
	}
	w.key = p.key(KindGateway, name, "")
	return w
}

// allOps returns the indexes of all ops.
func (w *documentWrite) allOps() []int {
	all := make([]int, len(w.batch.Ops))
	for i := range all {
		all[i] = i
	}
	return all
}

// loadBalancers returns the owners of the ops, each once.
func (w *documentWrite) loadBalancers() []model.ID {
	var all []model.ID
	for _, op := range w.batch.Ops {
		if lb := loadBalancerOf(op); !slices.Contains(all, lb) {
			all = append(all, lb)
		}
	}
	return all
}

// opsOf returns the indexes of the ops of one load balancer.
func (w *documentWrite) opsOf(lb model.ID) []int {
	return slices.DeleteFunc(w.allOps(), func(i int) bool { return loadBalancerOf(w.batch.Ops[i]) != lb })
}

func loadBalancerOf(op provider.Op) model.ID {
	if op.Want != nil {
		return op.Want.Owner.LoadBalancer
	}
	return op.Have.Owner.LoadBalancer
}

// write applies some ops to the document and writes it. If the document has changed in the
// meantime, it applies them to the new one.
func (w *documentWrite) write(ctx context.Context, ops []int) error {
	base, err := w.base(ctx)
	for range maxAttempts {
		if err != nil {
			break
		}
		if ctx.Err() != nil {
			err = contextError(ctx, "write", w.key)
			break
		}
		d, done := w.apply(base, ops)
		if len(done) == 0 {
			return nil
		}
		if base.settled() && reflect.DeepEqual(d.request(), base.request()) {
			return w.report(ctx, base, done) // nothing to write
		}
		if base.stopped() {
			err = errStopped(w.key)
			break
		}
		var now document
		if now, err = w.put(ctx, d, base); err == nil {
			return w.report(ctx, now, done)
		}
		if !errors.Is(err, errStale) {
			w.fail(done, err)
			return err
		}
		base, err = w.latest(ctx)
	}
	w.fail(ops, err)
	return err
}

// errStopped returns the error for a gateway that was stopped. A write would start it, and Azure
// would bill it again. Its code is not retryable, because no write succeeds until someone acts.
func errStopped(key provider.Key) *provider.Error {
	return errorf(provider.Invalid, "write", key,
		"the gateway is stopped, and a write would start it: start it when it is to serve again (az network application-gateway start)")
}

// errStale means that the document has changed since it was read.
var errStale = errors.New("the gateway has changed since it was read")

// base returns the document to start from: the one that the core observed, a new one, or the
// latest.
func (w *documentWrite) base(ctx context.Context) (document, error) {
	if have, ok := w.batch.Have(w.key); ok {
		if g, ok := have.Spec.(GatewaySpec); ok && g.document != nil {
			return g.document, nil
		}
	}
	if i := w.creates(); i >= 0 {
		return w.p.createGateway(ctx, w.key.Name, w.batch.Ops[i].Want)
	}
	return w.latest(ctx)
}

// creates returns the index of the op that creates the gateway, or -1.
func (w *documentWrite) creates() int {
	return slices.IndexFunc(w.batch.Ops, func(op provider.Op) bool { return op.Key.Kind == KindGateway && op.Action == provider.Create })
}

// latest reads the document. It adopts a gateway that exists although it was to be created.
func (w *documentWrite) latest(ctx context.Context) (document, error) {
	if w.p.options.Gateway == "" {
		// a gateway of its own has one load balancer
		return w.p.adoptGateway(ctx, w.key, w.loadBalancers()[0])
	}
	return w.p.client.gateway(ctx, w.p.options.ResourceGroup, w.key.Name)
}

// put writes a document, waits for the operation, and returns the document that results. It polls
// the gateway itself, so that one read returns both the result and the ETag for the next write
// (docs/decisions/0009-azure-polls.md).
func (w *documentWrite) put(ctx context.Context, d, base document) (document, error) {
	call, cancel := detached(ctx)
	defer cancel()
	r, err := w.p.client.putGateway(call, w.p.options.ResourceGroup, w.key.Name, d.request(), base.etag(), w.creates() >= 0 && base.etag() == "")
	if provider.IsCode(err, provider.Conflict) {
		return nil, &provider.Error{Code: provider.Conflict, Op: "write", Key: w.key, Err: errors.Join(errStale, err)}
	}
	now := r.document
	for n := 0; err == nil; n++ {
		switch state := now.state(); {
		case state == "Succeeded", state == "" && r.operation == "":
			return now, nil
		case state == "Failed", state == "Canceled":
			return nil, w.p.client.operationError(ctx, r.operation)
		}
		if err = w.p.wait(ctx, r, n); err == nil {
			now, err = w.p.client.gateway(ctx, w.p.options.ResourceGroup, w.key.Name)
		}
	}
	return nil, err
}

// fail sets the outcomes of ops for an error of the whole write. An operation that is still in
// progress leaves them pending.
func (w *documentWrite) fail(ops []int, err error) {
	state := provider.Failed
	if provider.IsCode(err, provider.InProgress) && errors.Is(err, errInProgress) {
		state = provider.Pending
	}
	for _, i := range ops {
		key := w.batch.Ops[i].Key
		w.outcomes[i] = provider.Outcome{Key: key, State: state, RetryAfter: provider.RetryAfterOf(err)}
		if state == provider.Failed {
			w.outcomes[i].Err = provider.WithKey(err, "write", key)
		}
	}
}

// report sets the outcomes of ops from the document that was written.
func (w *documentWrite) report(ctx context.Context, now document, done []int) error {
	addresses, err := w.addresses(ctx, now)
	if err != nil {
		w.fail(done, err)
		return err
	}
	resources := w.p.resources(now, addresses)
	have := indexOf(resources)
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
			o = failed(op.Key, errorf(provider.Conflict, "write", op.Key, "the gateway was changed while it was written: another client writes to it"))
		}
		w.outcomes[i] = o
	}
	return nil
}

// addresses returns those that the core observed, or that of the gateway's own public IP address,
// or reads them.
func (w *documentWrite) addresses(ctx context.Context, now document) (map[Frontend]string, error) {
	if have, ok := w.batch.Have(w.key); ok {
		if g, ok := have.Spec.(GatewaySpec); ok && len(g.addresses) > 0 {
			return g.addresses, nil
		}
	}
	if have, ok := w.batch.Have(w.p.key(KindPublicIP, w.key.Name, "")); ok {
		if ip, ok := have.Spec.(PublicIPSpec); ok && ip.address != "" {
			return map[Frontend]string{FrontendPublic: ip.address}, nil
		}
	}
	return w.p.addressesOf(ctx, now)
}
