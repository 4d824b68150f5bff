package providertest_test

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest/internal/small"
)

// mutant is the small provider with one fault.
type mutant struct {
	name   string
	change func(*faulty)
}

// faulty is a provider of which some methods are changed. What is nil is as it was.
type faulty struct {
	provider.Provider
	capabilities func(model.Capabilities) model.Capabilities
	translate    func([]provider.Resource) []provider.Resource
	endpoints    func([]model.Endpoint) []model.Endpoint // that Members is given
	members      func(*provider.Resource)
	observe      func(context.Context, provider.Scope) ([]provider.Resource, error)
	compare      func(want, have provider.Resource, found []provider.Field) []provider.Field
	do           func(context.Context, provider.Batch) []provider.Outcome
	registered   func(provider.Resource, []model.Endpoint) []model.Endpoint
	health       func(map[provider.Key][]provider.EndpointHealth)
}

func (f *faulty) Capabilities() model.Capabilities {
	c := f.Provider.Capabilities()
	if f.capabilities != nil {
		return f.capabilities(c)
	}
	return c
}

func (f *faulty) Translate(lb model.Sealed) ([]provider.Resource, error) {
	rs, err := f.Provider.Translate(lb)
	if f.translate != nil {
		rs = f.translate(rs)
	}
	return rs, err
}

func (f *faulty) Members(lb model.Sealed, id model.GroupID, eps []model.Endpoint) ([]provider.Resource, error) {
	if f.endpoints != nil {
		eps = f.endpoints(slices.Clone(eps))
	}
	rs, err := f.Provider.Members(lb, id, eps)
	for i := range rs {
		if f.members != nil {
			f.members(&rs[i])
		}
	}
	return rs, err
}

func (f *faulty) Observe(ctx context.Context, in provider.Scope) ([]provider.Resource, error) {
	if f.observe != nil {
		return f.observe(ctx, in)
	}
	return f.Provider.Observe(ctx, in)
}

func (f *faulty) Compare(want, have provider.Resource) []provider.Field {
	found := f.Provider.Compare(want, have)
	if f.compare != nil {
		return f.compare(want, have, found)
	}
	return found
}

func (f *faulty) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if f.do != nil {
		return f.do(ctx, b)
	}
	return f.Provider.Do(ctx, b)
}

// Extensions has what the small provider has.
func (f *faulty) Extensions() provider.Extensions {
	return provider.Extensions{Health: faultyHealth{provider.ExtensionsOf(f.Provider).Health, f}}
}

type faultyHealth struct {
	provider.HealthReader
	f *faulty
}

func (h faultyHealth) Registered(have provider.Resource) []model.Endpoint {
	eps := h.HealthReader.Registered(have)
	if h.f.registered != nil {
		return h.f.registered(have, eps)
	}
	return eps
}

func (h faultyHealth) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	out, err := h.HealthReader.Health(ctx, have)
	if h.f.health != nil {
		h.f.health(out)
	}
	return out, err
}

// specs changes the specs of one type that Translate returns.
func specs[T any](change func(*T)) func(*faulty) {
	return func(f *faulty) {
		f.translate = func(rs []provider.Resource) []provider.Resource {
			for i := range rs {
				if spec, ok := rs[i].Spec.(T); ok {
					change(&spec)
					rs[i].Spec = spec
				}
			}
			return rs
		}
	}
}

// actions changes the actions of rules and the defaults of listeners.
func actions(change func(*small.Action)) func(*faulty) {
	return func(f *faulty) {
		rules, listeners := &faulty{}, &faulty{}
		specs(func(r *small.RuleSpec) { change(&r.Action) })(rules)
		specs(func(l *small.ListenerSpec) { change(&l.Default) })(listeners)
		f.translate = func(rs []provider.Resource) []provider.Resource { return rules.translate(listeners.translate(rs)) }
	}
}

func redirects(change func(*small.Redirect)) func(*faulty) {
	return actions(func(a *small.Action) {
		if a.Redirect != nil {
			r := *a.Redirect
			change(&r)
			a.Redirect = &r
		}
	})
}

func fixed(change func(*model.Fixed)) func(*faulty) {
	return actions(func(a *small.Action) {
		if a.Fixed != nil {
			f := *a.Fixed
			change(&f)
			a.Fixed = &f
		}
	})
}

func all(change func(*provider.Resource)) func(*faulty) {
	return func(f *faulty) {
		f.translate = func(rs []provider.Resource) []provider.Resource {
			for i := range rs {
				change(&rs[i])
			}
			return rs
		}
	}
}

// ops changes what Do does with a batch, given how it is done well.
func ops(change func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome) func(*faulty) {
	return func(f *faulty) {
		f.do = func(ctx context.Context, b provider.Batch) []provider.Outcome {
			return change(b, func(b provider.Batch) []provider.Outcome { return f.Provider.Do(ctx, b) })
		}
	}
}

// outcomes changes what Do returns.
func outcomes(change func(op provider.Op, o *provider.Outcome)) func(*faulty) {
	return ops(func(b provider.Batch, do func(provider.Batch) []provider.Outcome) []provider.Outcome {
		out := do(b)
		for i := range out {
			change(b.Ops[i], &out[i])
		}
		return out
	})
}

// ignored leaves fields out of what Compare finds.
func ignored(paths ...string) func(*faulty) {
	return func(f *faulty) {
		f.compare = func(_, _ provider.Resource, found []provider.Field) []provider.Field {
			return slices.DeleteFunc(found, func(f provider.Field) bool { return slices.Contains(paths, f.Path) })
		}
	}
}
