package providertest_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest/internal/small"
)

func memberMutants() []mutant {
	return []mutant{
		{"endpoints that are not ready registered", func(f *faulty) {
			f.endpoints = func(eps []model.Endpoint) []model.Endpoint {
				for i := range eps {
					eps[i].State = model.Ready
				}
				return eps
			}
		}},
		{"endpoints that are not ready registered, in secret", func(f *faulty) {
			sick := map[string]bool{}
			f.endpoints = func(eps []model.Endpoint) []model.Endpoint {
				for i := range eps {
					if eps[i].State != model.Ready && eps[i].State != "" {
						sick[eps[i].Address.String()] = true
					}
					eps[i].State = model.Ready
				}
				return eps
			}
			f.registered = func(_ provider.Resource, eps []model.Endpoint) []model.Endpoint {
				return slices.DeleteFunc(eps, func(e model.Endpoint) bool { return sick[e.Address.String()] })
			}
		}},
		{"draining endpoints registered", func(f *faulty) {
			f.endpoints = func(eps []model.Endpoint) []model.Endpoint {
				for i := range eps {
					if eps[i].State == model.Draining {
						eps[i].State = model.Ready
					}
				}
				return eps
			}
		}},
		{"one endpoint lost", func(f *faulty) {
			f.endpoints = func(eps []model.Endpoint) []model.Endpoint { return eps[min(1, len(eps)):] }
		}},
		{"port of endpoints ignored", func(f *faulty) {
			f.endpoints = func(eps []model.Endpoint) []model.Endpoint {
				for i := range eps {
					eps[i].Port = 8080
				}
				return eps
			}
		}},
		{"membership without Member", func(f *faulty) { f.members = func(r *provider.Resource) { r.Member = false } }},
		{"membership without Group", func(f *faulty) { f.members = func(r *provider.Resource) { r.Group = "" } }},
		{"membership without Needs", func(f *faulty) { f.members = func(r *provider.Resource) { r.Needs = nil } }},
		{"Registered forgets one", func(f *faulty) {
			f.registered = func(_ provider.Resource, eps []model.Endpoint) []model.Endpoint { return eps[min(1, len(eps)):] }
		}},
		{"nothing is healthy", func(f *faulty) {
			f.health = func(all map[provider.Key][]provider.EndpointHealth) {
				for _, eps := range all {
					for i := range eps {
						eps[i].Healthy = false
					}
				}
			}
		}},
	}
}

func doMutants() []mutant {
	return []mutant{
		{"what is not owned is changed and deleted", func(f *faulty) {
			if p, ok := f.Provider.(*small.Provider); ok {
				p.Careless = true
			}
		}},
		{"outcomes in another order", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			out := do(b)
			slices.Reverse(out)
			return out
		})},
		{"one outcome missing", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			out := do(b)
			return out[:max(1, len(out)-1)]
		})},
		{"a second create fails", secondTime(provider.Create)},
		{"a second delete fails", secondTime(provider.Delete)},
		{"deregisters before it registers", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			if len(b.Ops) != 1 || b.Ops[0].Key.Kind != small.KindMembers || b.Ops[0].Action != provider.Update {
				return do(b)
			}
			op := b.Ops[0]
			empty := *op.Want
			spec, _ := op.Want.Spec.(small.MembersSpec)
			spec.Members = spec.Members[:0:0]
			empty.Spec = spec
			op.Want = &empty
			first := b
			first.Ops = []provider.Op{op}
			if out := do(first); out[0].State != provider.Done {
				return out
			}
			return do(b)
		})},
		{"pending reported as done", outcomes(func(_ provider.Op, o *provider.Outcome) {
			if o.State == provider.Pending {
				o.State, o.Have = provider.Done, nil
			}
		})},
		{"membership not deleted before its group", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			if len(b.Ops) == 1 && b.Ops[0].Key.Kind == small.KindMembers && b.Ops[0].Action == provider.Delete {
				return []provider.Outcome{{Key: b.Ops[0].Key, State: provider.Done}}
			}
			return do(b)
		})},
		{"error codes lost", outcomes(func(_ provider.Op, o *provider.Outcome) {
			if o.Err != nil {
				o.Err = &provider.Error{Code: provider.Unknown, Op: "write", Err: o.Err}
			}
		})},
		{"throttling is called unavailable", outcomes(func(_ provider.Op, o *provider.Outcome) {
			if provider.IsCode(o.Err, provider.Throttled) {
				o.Err = &provider.Error{Code: provider.Unavailable, Op: "write", Err: o.Err}
			}
		})},
		{"failures reported as done", outcomes(func(op provider.Op, o *provider.Outcome) {
			if o.State == provider.Failed {
				o.State, o.Have = provider.Done, op.Want
			}
		})},
		{"outcomes have what is wanted", outcomes(func(op provider.Op, o *provider.Outcome) {
			if o.Have != nil && op.Want != nil {
				o.Have = op.Want
			}
		})},
		{"writes after the context has ended", func(f *faulty) {
			f.do = func(ctx context.Context, b provider.Batch) []provider.Outcome {
				return f.Provider.Do(context.WithoutCancel(ctx), b)
			}
		}},
		{"updates are not carried out", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			if b.Ops[0].Action != provider.Update {
				return do(b)
			}
			out := make([]provider.Outcome, len(b.Ops))
			for i, op := range b.Ops {
				out[i] = provider.Outcome{Key: op.Key, State: provider.Done, Have: op.Want}
			}
			return out
		})},
		{"deletes are not carried out", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			if b.Ops[0].Action != provider.Delete {
				return do(b)
			}
			out := make([]provider.Outcome, len(b.Ops))
			for i, op := range b.Ops {
				out[i] = provider.Outcome{Key: op.Key, State: provider.Done}
			}
			return out
		})},
		{"each op twice", ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
			do(b)
			return do(b)
		})},
	}
}

// secondTime fails an action on a resource that it was done on before.
func secondTime(action provider.Action) func(*faulty) {
	return func(f *faulty) {
		var mu sync.Mutex
		done := map[provider.Key]provider.Action{}
		outcomes(func(op provider.Op, o *provider.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			if op.Action == action && done[op.Key] == action {
				o.State, o.Err = provider.Failed, &provider.Error{Code: provider.Conflict, Op: string(action), Err: errTwice}
			}
			if o.State == provider.Done {
				done[op.Key] = op.Action
			}
		})(f)
	}
}

var errTwice = errors.New("it was done before")
