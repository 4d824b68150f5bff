package aws

import (
	"errors"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Refuse returns the routes, defaults and groups that have values which AWS does not allow.
func (p *Provider) Refuse(lb model.Sealed) []provider.Refusal {
	r := refuser{t: p.translation(lb)}
	for i := range lb.Groups() {
		g := &lb.Groups()[i]
		_, err := r.t.targetGroupSpec(g)
		r.add(err, model.Part{Group: g.ID}, g.Origins)
	}
	for i := range lb.Listeners() {
		l := &lb.Listeners()[i]
		if !l.Protocol.IsHTTP() {
			continue
		}
		if err := r.t.checkPolicy(lb.Listeners()[:i], l); err != nil {
			r.addListener(err, l)
			continue
		}
		_, err := r.t.action(l, "default of "+l.Name, l.Default)
		r.add(err, model.Part{Listener: l.Name}, l.Origins)
		for j := range l.Routes {
			route := &l.Routes[j]
			r.add(r.t.checkRoute(l, route), model.Part{Listener: l.Name, Route: route.Name}, []model.Ref{route.Origin})
		}
	}
	return r.out
}

// refuser collects refusals.
type refuser struct {
	t   *translation
	out []provider.Refusal
}

// add refuses a part if err is not nil. It reports the problem on the origins, or on those of the
// load balancer if the part has none.
func (r *refuser) add(err error, part model.Part, origins []model.Ref) {
	if err == nil {
		return
	}
	if len(origins) == 0 || origins[0] == (model.Ref{}) {
		origins = r.t.lb.LoadBalancer().Origins
	}
	message := err.Error()
	if e, ok := errors.AsType[*provider.Error](err); ok {
		message = e.Err.Error()
	}
	refusal := provider.Refusal{Part: part}
	for _, origin := range origins {
		refusal.Problems = append(refusal.Problems, model.Problem{Origin: origin, Reason: model.ReasonUnsupported, Message: message})
	}
	r.out = append(r.out, refusal)
}

// addListener refuses everything that a listener serves.
func (r *refuser) addListener(err error, l *model.Listener) {
	if f := l.Default.Fixed; f == nil || *f != (model.Fixed{Status: 404}) {
		r.add(err, model.Part{Listener: l.Name}, l.Origins)
	}
	for i := range l.Routes {
		r.add(err, model.Part{Listener: l.Name, Route: l.Routes[i].Name}, []model.Ref{l.Routes[i].Origin})
	}
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
