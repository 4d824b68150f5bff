package providertest

import (
	"context"
	"sync"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

// recorder is a provider between an engine and another provider. It stores what every write
// returned.
type recorder struct {
	provider.Provider
	t      *testing.T
	replay bool // carry out each batch twice
	strict bool // no op may fail

	mu   sync.Mutex
	have map[provider.Key]provider.Resource
	gone map[provider.Key]bool
}

// record returns a recorder, and the provider to give to the engine.
func record(t *testing.T, p provider.Provider) (*recorder, provider.Provider) {
	t.Helper()
	r := &recorder{Provider: p, t: t, have: map[provider.Key]provider.Resource{}, gone: map[provider.Key]bool{}}
	return r, r
}

// Extensions returns those of the provider.
func (r *recorder) Extensions() provider.Extensions { return provider.ExtensionsOf(r.Provider) }

// Do carries out the batch, once or twice, and checks the outcomes.
func (r *recorder) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	out := r.Provider.Do(ctx, b)
	r.check(b, out)
	r.store(out)
	if !r.replay {
		return out
	}
	b.Have = r.overlay(b.Have)
	again := r.Provider.Do(ctx, b)
	r.check(b, again)
	for i, o := range again {
		if i < len(out) && out[i].State == provider.Done && o.State != provider.Done {
			r.t.Errorf("%s %s was done at first, and is %s the second time: %v", b.Ops[i].Action, b.Ops[i].Key, o.State, o.Err)
		}
	}
	r.store(again)
	return again
}

func (r *recorder) check(b provider.Batch, out []provider.Outcome) {
	if len(out) != len(b.Ops) {
		r.t.Errorf("%d outcomes for %d ops of %s", len(out), len(b.Ops), b.WriteScope)
		return
	}
	for i, o := range out {
		r.checkOutcome(i, b.Ops[i], o)
	}
}

func (r *recorder) checkOutcome(i int, op provider.Op, o provider.Outcome) {
	switch {
	case o.Key != op.Key:
		r.t.Errorf("outcome %d is of %s, and its op is of %s", i, o.Key, op.Key)
	case o.State == provider.Failed && o.Err == nil:
		r.t.Errorf("%s %s failed without an error", op.Action, op.Key)
	case o.State == provider.Failed && r.strict:
		r.t.Errorf("%s %s failed: %v", op.Action, op.Key, o.Err)
	case o.Have != nil && o.Have.Key != op.Key:
		r.t.Errorf("the outcome of %s has %s", op.Key, o.Have.Key)
	case o.State == provider.Done && op.Action == provider.Delete && o.Have != nil:
		r.t.Errorf("%s is deleted, and its outcome has a resource", op.Key)
	case o.State == provider.Done && op.Action != provider.Delete && o.Have == nil:
		r.t.Errorf("%s %s is done, and its outcome has no resource", op.Action, op.Key)
	}
}

// store stores the resources of the outcomes, as an engine does.
func (r *recorder) store(out []provider.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range out {
		if o.State == provider.Done && o.Have == nil {
			delete(r.have, o.Key)
			r.gone[o.Key] = true
		}
		if o.Have != nil {
			r.have[o.Key] = *o.Have
			delete(r.gone, o.Key)
		}
		for _, a := range o.Also {
			r.have[a.Key] = a
		}
	}
}

// overlay returns a lookup of what was returned since, and else of have.
func (r *recorder) overlay(have func(provider.Key) (provider.Resource, bool)) func(provider.Key) (provider.Resource, bool) {
	return func(k provider.Key) (provider.Resource, bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if h, ok := r.have[k]; ok || r.gone[k] {
			return h, ok
		}
		return have(k)
	}
}
