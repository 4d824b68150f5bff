package aws

import (
	"github.com/headgate-io/headgate/internal/refusal"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse returns the routes, defaults and groups that have values which AWS does not allow.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	t, refused := p.translation(lb), refusal.NewCollector(lb)
	for i := range lb.Groups() {
		g := &lb.Groups()[i]
		_, err := t.targetGroupSpec(g)
		refused.Group(g, err)
	}
	for i := range lb.Listeners() {
		l := &lb.Listeners()[i]
		if !l.Protocol.IsHTTP() {
			continue
		}
		if err := t.checkPolicy(lb.Listeners()[:i], l); err != nil {
			refused.Listener(l, err)
			continue
		}
		_, err := t.action(l, "default of "+l.Name, l.Default)
		refused.Default(l, err)
		for j := range l.Routes {
			refused.Route(l, &l.Routes[j], t.checkRoute(l, &l.Routes[j]))
		}
	}
	return refused.Refusals()
}

// checkPolicy returns an error if l has another TLS policy than an earlier listener of the same
// port. The listeners of a port are one listener in AWS.
func (t *translation) checkPolicy(before []model.Listener, l *model.Listener) error {
	for i := range before {
		o := &before[i]
		if o.Port == l.Port && o.TLS != nil && l.TLS != nil && tlsPolicy(o.TLS.Policy) != tlsPolicy(l.TLS.Policy) {
			return t.refuse("listener "+l.Name, "its TLS policy differs from that of listener %s, which has the same port %d", o.Name, l.Port)
		}
	}
	return nil
}

// checkRoute returns an error if the action of a route, or any of its hosts and matches, cannot be
// expressed.
func (t *translation) checkRoute(l *model.Listener, r *model.Route) error {
	if _, err := t.action(l, "route "+r.Name, r.Action); err != nil {
		return err
	}
	for _, h := range r.Hosts {
		for _, m := range r.Matches {
			if _, err := conditions(l, h, m); err != nil {
				return t.refuse("route "+r.Name, "%w", err)
			}
		}
	}
	return nil
}
