package providertest_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/providertest/internal/small"
)

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
