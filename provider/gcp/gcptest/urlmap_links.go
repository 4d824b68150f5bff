package gcptest

import (
	"google.golang.org/api/compute/v1"
)

// fronts checks that the forwarding rules of the map have the scheme of its backend services.
func (c *mapCheck) fronts() *fault {
	if c.scheme == "" {
		return nil
	}
	for _, fr := range c.ch.server.state.frontsOf(c.ch.key) {
		if rule, ok := fr.typed.(*compute.ForwardingRule); ok && rule.LoadBalancingScheme != c.scheme {
			return invalid("resource.defaultService", c.scheme, "The load balancing scheme does not match that of forwarding rule '"+fr.key.path()+"'.")
		}
	}
	return nil
}

// frontsOf returns the forwarding rules whose proxy uses a URL map.
func (s *state) frontsOf(urlMap key) []*object {
	proxies := map[string]bool{}
	for o := range s.everything() {
		if o.key.project == urlMap.project && o.refersTo(urlMap) {
			proxies[o.key.link()] = true
		}
	}
	if len(proxies) == 0 {
		return nil
	}
	var out []*object
	for o := range s.everything() {
		if fr, ok := o.typed.(*compute.ForwardingRule); ok && proxies[fr.Target] {
			out = append(out, o)
		}
	}
	return out
}

// urlMapLinks returns the backend services to which a URL map refers.
func urlMapLinks(typed any) []string {
	m, _ := typed.(*compute.UrlMap)
	seen := map[string]bool{}
	eachService(m, func(link string) { seen[link] = true })
	out := make([]string, 0, len(seen))
	for link := range seen {
		out = append(out, link)
	}
	return out
}

// eachService calls visit for every reference to a backend service.
func eachService(m *compute.UrlMap, visit func(link string)) {
	outcome := func(service string, action *compute.HttpRouteAction) {
		if service != "" {
			visit(service)
		}
		if action != nil {
			for _, w := range action.WeightedBackendServices {
				visit(w.BackendService)
			}
		}
	}
	outcome(m.DefaultService, m.DefaultRouteAction)
	for _, p := range m.PathMatchers {
		outcome(p.DefaultService, p.DefaultRouteAction)
		for _, r := range p.PathRules {
			outcome(r.Service, r.RouteAction)
		}
		for _, r := range p.RouteRules {
			outcome(r.Service, r.RouteAction)
		}
	}
}
