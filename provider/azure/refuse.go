package azure

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/internal/refusal"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse returns the values that a gateway cannot express, although it supports the feature.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	r := &refuser{t: p.newTranslator(lb), refused: refusal.NewCollector(lb)}
	for i := range lb.Groups() {
		r.group(&lb.Groups()[i])
	}
	for i := range lb.Listeners() {
		r.listener(i)
	}
	r.certificates()
	r.pathRules()
	return r.refused.Refusals()
}

// refuser finds what cannot be expressed.
type refuser struct {
	t       *translator
	refused *refusal.Collector
}

// unsupported returns the error for a value that a gateway cannot express.
func unsupported(format string, args ...any) error {
	return errorf(provider.Unsupported, "translate", provider.Key{}, format, args...)
}

// refuse refuses a part. It reports the reason on the origins, or on those of the load balancer.
func (r *refuser) refuse(part model.Part, origins []model.Ref, format string, args ...any) {
	r.refused.Add(part, model.ReasonUnsupported, origins, unsupported(format, args...))
}

// group refuses health checks with another protocol than that of the requests, and reports
// endpoints that receive no requests.
func (r *refuser) group(g *model.Group) {
	if g.Health.Protocol != model.BackendHTTP {
		r.refused.Group(g, unsupported("Application Gateway checks backends over HTTP, not over %s", g.Health.Protocol))
		return
	}
	r.endpoints(g)
}

// listener refuses redirects that cannot retain the host of the request.
func (r *refuser) listener(i int) {
	l := &r.t.s.Listeners()[i]
	for j := range l.Routes {
		route := &l.Routes[j]
		r.refused.Route(l, route, r.redirect(route.Action.Redirect, i, route.Hosts))
	}
	r.refused.Default(l, r.redirect(l.Default.Redirect, i, []model.Host{l.Hostname}))
}

// redirect returns an error if a redirect of some hosts cannot be expressed. A redirect leads to a
// URL, which has a host, or to a listener, which cannot have wildcards (Application Gateway
// multi-site hosting, considerations). A target listener for any host retains the host.
func (r *refuser) redirect(to *model.Redirect, listener int, hosts []model.Host) error {
	if to == nil || to.Host != "" {
		return nil
	}
	if slices.ContainsFunc(hosts, func(h model.Host) bool { return h.Wildcard != model.NoWildcard }) {
		return unsupported("Application Gateway cannot redirect a wildcard host to itself")
	}
	if !slices.ContainsFunc(hosts, model.Host.IsAny) {
		return nil
	}
	if r.t.anyHTTPS(to, site{listener: listener}) == "" {
		return unsupported("Application Gateway can redirect requests for any host only to an HTTPS listener for any host, on port 443 of the same load balancer")
	}
	if host, ok := r.wildcard(listener); ok {
		return unsupported("the redirect for any host also applies to %s, and Application Gateway cannot redirect a wildcard host to itself", host)
	}
	return nil
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
