package azure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse returns the values that a gateway cannot express, although it supports the feature.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	r := &refuser{t: p.newTranslator(lb)}
	for i := range lb.Groups() {
		r.group(&lb.Groups()[i])
	}
	for i := range lb.Listeners() {
		r.listener(i)
	}
	for _, port := range r.t.ports() {
		for _, s := range r.t.sites(port) {
			r.pathRules(s)
		}
	}
	return r.all
}

// refuser collects what cannot be expressed.
type refuser struct {
	t   *translator
	all []provider.Refusal
}

func (r *refuser) refuse(part model.Part, origins []model.Ref, format string, args ...any) {
	origins = slices.DeleteFunc(slices.Clone(origins), func(o model.Ref) bool { return o == model.Ref{} })
	if len(origins) == 0 {
		origins = r.t.lb.Origins
	}
	refusal := provider.Refusal{Part: part}
	for _, o := range origins {
		refusal.Problems = append(refusal.Problems, model.Problem{Origin: o, Reason: model.ReasonUnsupported, Message: fmt.Sprintf(format, args...)})
	}
	r.all = append(r.all, refusal)
}

// group refuses health checks with another protocol than that of the requests.
func (r *refuser) group(g *model.Group) {
	if g.Health.Protocol != model.BackendHTTP {
		r.refuse(model.Part{Group: g.ID}, g.Origins, "Application Gateway checks backends over HTTP, not over %s", g.Health.Protocol)
	}
}

// listener refuses redirects that cannot retain the host of the request.
func (r *refuser) listener(i int) {
	l := &r.t.s.Listeners()[i]
	for j := range l.Routes {
		route := &l.Routes[j]
		if reason := r.redirect(route.Action.Redirect, i, route.Hosts); reason != "" {
			r.refuse(model.Part{Listener: l.Name, Route: route.Name}, []model.Ref{route.Origin}, "%s", reason)
		}
	}
	if reason := r.redirect(l.Default.Redirect, i, []model.Host{l.Hostname}); reason != "" {
		r.refuse(model.Part{Listener: l.Name}, l.Origins, "%s", reason)
	}
}

// redirect returns why a redirect of some hosts cannot be expressed, or "" if it can. A redirect
// leads to a URL, which has a host, or to a listener, which cannot have wildcards (Application
// Gateway multi-site hosting, considerations). A target listener for any host retains the host.
func (r *refuser) redirect(to *model.Redirect, listener int, hosts []model.Host) string {
	if to == nil || to.Host != "" {
		return ""
	}
	if slices.ContainsFunc(hosts, func(h model.Host) bool { return h.Wildcard != model.NoWildcard }) {
		return "Application Gateway cannot redirect a wildcard host to itself"
	}
	if !slices.ContainsFunc(hosts, model.Host.IsAny) {
		return ""
	}
	if r.t.anyHTTPS(to, site{listener: listener}) == "" {
		return "Application Gateway can redirect requests for any host only to an HTTPS listener for any host, on port 443 of the same load balancer"
	}
	if host, ok := r.wildcard(listener); ok {
		return "the redirect for any host also applies to " + host + ", and Application Gateway cannot redirect a wildcard host to itself"
	}
	return ""
}

// wildcard returns a wildcard host on the port of a listener. Routes for any host are its fallback.
func (r *refuser) wildcard(listener int) (string, bool) {
	for _, s := range r.t.sites(r.t.s.Listeners()[listener].Port) {
		if strings.Contains(s.pattern, "*") {
			return s.pattern, true
		}
	}
	return "", false
}

// pathRules refuses routes whose paths exceed the rules of a path map.
func (r *refuser) pathRules(s site) {
	rules, _ := r.t.paths(s)
	if len(rules) <= maxPathRules {
		return
	}
	fit := map[string]bool{}
	for _, rule := range rules[:maxPathRules] {
		for _, path := range rule.Paths {
			fit[strings.ToLower(path)] = true
		}
	}
	l := &r.t.s.Listeners()[s.listener]
	refused := map[string]bool{}
	for e := range s.table.All() {
		outside := slices.ContainsFunc(patterns(e.Match.Path), func(path string) bool { return path != "" && path != "/*" && !fit[strings.ToLower(path)] })
		if outside && !refused[e.Route.Name] {
			refused[e.Route.Name] = true
			r.refuse(model.Part{Listener: l.Name, Route: e.Route.Name}, []model.Ref{e.Route.Origin},
				"host %q has more paths than fit in the %d path rules of a path map", s.pattern, maxPathRules)
		}
	}
}
