package providertest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

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

func mutants() []mutant {
	return slices.Concat(routingMutants(), actionMutants(), listenerMutants(), memberMutants(), translateMutants(), observeMutants(), doMutants())
}

func routingMutants() []mutant {
	return []mutant{
		{"host ignored", specs(func(r *small.RuleSpec) { r.Host = model.Host{} })},
		{"host of a wildcard ignored", specs(func(r *small.RuleSpec) {
			if r.Host.Wildcard != model.NoWildcard {
				r.Host = model.Host{}
			}
		})},
		{"one-label wildcard at any depth", specs(func(r *small.RuleSpec) {
			if r.Host.Wildcard == model.OneLabel {
				r.Host.Wildcard = model.AnyLabels
			}
		})},
		{"any-label wildcard at one depth", specs(func(r *small.RuleSpec) {
			if r.Host.Wildcard == model.AnyLabels {
				r.Host.Wildcard = model.OneLabel
			}
		})},
		{"prefix by characters", specs(func(r *small.RuleSpec) {
			if r.Path.Type == small.PathElements {
				r.Path.Type = small.PathText
			}
		})},
		{"exact path as a prefix", specs(func(r *small.RuleSpec) { r.Path.Type = small.PathElements })},
		{"prefix as an exact path", specs(func(r *small.RuleSpec) { r.Path.Type = small.PathExact })},
		{"paths without case", specs(func(r *small.RuleSpec) { r.Path.IgnoreCase = true })},
		{"path ignored", specs(func(r *small.RuleSpec) { r.Path = small.Path{Type: small.PathElements, Value: "/"} })},
		{"method ignored", specs(func(r *small.RuleSpec) { r.Method = "" })},
		{"headers ignored", specs(func(r *small.RuleSpec) { r.Headers = nil })},
		{"query ignored", specs(func(r *small.RuleSpec) { r.Query = nil })},
		{"priorities reversed", specs(func(r *small.RuleSpec) { r.Priority = 1000 - r.Priority })},
		{"one priority for all", specs(func(r *small.RuleSpec) { r.Priority = 1 })},
		{"last rule lost", func(f *faulty) {
			f.translate = func(rs []provider.Resource) []provider.Resource {
				if n := len(rs); n > 0 && rs[n-1].Key.Kind == small.KindRule {
					return rs[:n-1]
				}
				return rs
			}
		}},
	}
}

func actionMutants() []mutant {
	return []mutant{
		{"default backend lost", specs(func(l *small.ListenerSpec) { l.Default = small.Action{Fixed: &model.Fixed{Status: 404}} })},
		{"redirect always to http", redirects(func(r *small.Redirect) { r.Scheme = "http" })},
		{"redirect always to https", redirects(func(r *small.Redirect) { r.Scheme = "https" })},
		{"redirect always 302", redirects(func(r *small.Redirect) { r.Status = 302 })},
		{"redirect without path", redirects(func(r *small.Redirect) { r.Path = false })},
		{"redirect without query", redirects(func(r *small.Redirect) { r.Query = false })},
		{"redirect without port", redirects(func(r *small.Redirect) { r.Port = 0 })},
		{"redirect without host", redirects(func(r *small.Redirect) { r.Host = "" })},
		{"fixed answer 200", fixed(func(f *model.Fixed) { f.Status = 200 })},
		{"fixed answer without body", fixed(func(f *model.Fixed) { f.Body = "" })},
		{"fixed answer without content type", fixed(func(f *model.Fixed) { f.ContentType = "" })},
		{"404 for a fixed 503", fixed(func(f *model.Fixed) {
			if f.Status == 503 {
				f.Status = 404
			}
		})},
		{"404 for no weight", actions(func(a *small.Action) {
			if len(a.Forward) > 0 && !slices.ContainsFunc(a.Forward, func(s small.Share) bool { return s.Weight > 0 }) {
				*a = small.Action{Fixed: &model.Fixed{Status: 404}}
			}
		})},
		{"weights ignored", actions(func(a *small.Action) {
			for i := range a.Forward {
				a.Forward[i].Weight = 1
			}
		})},
		{"all weight to the first group", actions(func(a *small.Action) {
			for i := range a.Forward[min(1, len(a.Forward)):] {
				a.Forward[i+1].Weight = 0
			}
		})},
		{"group's protocol ignored", specs(func(g *small.GroupSpec) { g.Protocol = model.BackendHTTP })},
	}
}

func listenerMutants() []mutant {
	return []mutant{
		{"only the first certificate", specs(func(l *small.ListenerSpec) { l.Certificates = l.Certificates[:min(1, len(l.Certificates))] })},
		{"certificates in reverse", specs(func(l *small.ListenerSpec) {
			l.Certificates = slices.Clone(l.Certificates)
			slices.Reverse(l.Certificates)
		})},
		{"certificate rotation never seen", withoutHash(ignored("Chain", "Sum", "Certificates"))},
		{"certificate's key without hash", withoutHash(nil)},
		{"scheme ignored", schemeIgnored()},
		{"tags dropped", specs(func(b *small.BalancerSpec) { b.Tags = nil })},
		{"private key in the chain", specs(func(c *small.CertificateSpec) { c.Chain += string(c.Key.Reveal()) })},
		{"private key in a field", func(f *faulty) {
			f.compare = func(want, _ provider.Resource, found []provider.Field) []provider.Field {
				if c, ok := want.Spec.(small.CertificateSpec); ok && len(found) > 0 {
					found = append(found, provider.Field{Path: "Key", Want: string(c.Key.Reveal())})
				}
				return found
			}
		}},
	}
}

// withoutHash names certificates without the hash of their content, and makes a further change.
func withoutHash(more func(*faulty)) func(*faulty) {
	return func(f *faulty) {
		if more != nil {
			more(f)
		}
		cut := func(k *provider.Key) {
			if k.Kind == small.KindCertificate {
				k.Name = k.Name[:strings.LastIndexByte(k.Name, '.')]
			}
		}
		all(func(r *provider.Resource) {
			if cut(&r.Key); r.Key.Kind == small.KindCertificate {
				r.WriteScope = r.Key.String()
			}
			r.Needs = slices.Clone(r.Needs)
			for i := range r.Needs {
				cut(&r.Needs[i])
			}
			if l, ok := r.Spec.(small.ListenerSpec); ok {
				l.Certificates = slices.Clone(l.Certificates)
				for i := range l.Certificates {
					cut(&l.Certificates[i])
				}
				r.Spec = l
			}
		})(f)
	}
}

// schemeIgnored makes every load balancer internet-facing, by name too.
func schemeIgnored() func(*faulty) {
	rename := func(k provider.Key) provider.Key {
		k.Name, k.Place = strings.Replace(k.Name, ".internal", ".internet-facing", 1), strings.Replace(k.Place, ".internal", ".internet-facing", 1)
		return k
	}
	return all(func(r *provider.Resource) {
		r.Key = rename(r.Key)
		r.WriteScope = strings.Replace(r.WriteScope, ".internal", ".internet-facing", 1)
		r.Needs = slices.Clone(r.Needs)
		for i := range r.Needs {
			r.Needs[i] = rename(r.Needs[i])
		}
		switch s := r.Spec.(type) {
		case small.BalancerSpec:
			s.Scheme = model.InternetFacing
			r.Spec = s
		case small.ListenerSpec:
			s.Balancer = rename(s.Balancer)
			r.Spec = s
		case small.RuleSpec:
			s.Listener = rename(s.Listener)
			r.Spec = s
		}
	})
}

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

func translateMutants() []mutant {
	return []mutant{
		{"resources in a random order", func(f *faulty) {
			f.translate = func(rs []provider.Resource) []provider.Resource {
				rand.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
				return rs
			}
		}},
		{"Needs of rules missing", all(func(r *provider.Resource) {
			if r.Key.Kind == small.KindRule {
				r.Needs = nil
			}
		})},
		{"Needs of listeners missing", all(func(r *provider.Resource) {
			if r.Key.Kind == small.KindListener {
				r.Needs = nil
			}
		})},
		{"owner without load balancer", all(func(r *provider.Resource) { r.Owner.LoadBalancer = "" })},
		{"no cluster in the owner", all(func(r *provider.Resource) { r.Owner.Cluster = "" })},
		{"group without Group", all(func(r *provider.Resource) { r.Group = "" })},
		{"draining of groups ignored", specs(func(g *small.GroupSpec) { g.Draining = model.MinDraining })},
		{"health check path ignored", specs(func(g *small.GroupSpec) { g.Health.Path = "/" })},
		{"health check interval ignored", specs(func(g *small.GroupSpec) { g.Health.Interval = 15 * time.Second })},
		{"health check port ignored", specs(func(g *small.GroupSpec) { g.Health.Port = 0 })},
		{"a feature declared with nothing behind it", func(f *faulty) {
			f.capabilities = func(c model.Capabilities) model.Capabilities {
				c.Features[model.FeatureRetry] = model.Support{Level: model.Supported}
				return c
			}
		}},
		{"a feature unsupported without a reason", func(f *faulty) {
			f.capabilities = func(c model.Capabilities) model.Capabilities {
				c.Features[model.FeatureRetry] = model.Support{}
				return c
			}
		}},
	}
}

func observeMutants() []mutant {
	return []mutant{
		{"the other cluster observed", func(f *faulty) {
			f.observe = func(ctx context.Context, in provider.Scope) ([]provider.Resource, error) {
				rs, err := f.Provider.Observe(ctx, in)
				return append(rs, foreignGroup()), err
			}
		}},
		{"scope of Observe ignored", func(f *faulty) {
			f.observe = func(ctx context.Context, _ provider.Scope) ([]provider.Resource, error) {
				return f.Provider.Observe(ctx, provider.Scope{})
			}
		}},
		{"one kind not observed", func(f *faulty) {
			f.observe = func(ctx context.Context, in provider.Scope) ([]provider.Resource, error) {
				rs, err := f.Provider.Observe(ctx, in)
				return slices.DeleteFunc(rs, func(r provider.Resource) bool { return r.Key.Kind == small.KindCertificate }), err
			}
		}},
		{"no output observed", func(f *faulty) {
			f.observe = func(ctx context.Context, in provider.Scope) ([]provider.Resource, error) {
				rs, err := f.Provider.Observe(ctx, in)
				for i := range rs {
					rs[i].Output = provider.Output{}
				}
				return rs, err
			}
		}},
		{"Compare ignores the action", ignored("Action")},
		{"Compare ignores the priority", ignored("Priority")},
		{"Compare ignores the default", ignored("Default")},
		{"Compare ignores members", ignored("Members")},
		{"Compare ignores the health check", ignored("Health")},
		{"Compare ignores the certificates", ignored("Certificates")},
		{"Compare ignores tags", ignored("Tags")},
		{"Compare always finds a field", func(f *faulty) {
			f.compare = func(_, _ provider.Resource, found []provider.Field) []provider.Field {
				return append(found, provider.Field{Path: "Time"})
			}
		}},
		{"Compare changes what it is given", func(f *faulty) {
			f.compare = func(want, _ provider.Resource, found []provider.Field) []provider.Field {
				if len(want.Needs) > 0 {
					want.Needs[0].Name += "!"
				}
				return found
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
	done := map[provider.Key]provider.Action{}
	return func(f *faulty) {
		outcomes(func(op provider.Op, o *provider.Outcome) {
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
