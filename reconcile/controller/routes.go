package controller

import (
	"maps"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// routeTable records which Services feed the groups of load balancers.
type routeTable interface {
	setRoutes(id model.ID, routes []kube.GroupBackend, onNodes func(kube.GroupBackend) bool) (added []kube.GroupBackend)
}

// setRoutes replaces the groups of a load balancer that the engine has now. It returns the added
// ones: no change of their endpoints has been recorded so far.
func (p *pendingWork) setRoutes(id model.ID, routes []kube.GroupBackend, onNodes func(kube.GroupBackend) bool) (added []kube.GroupBackend) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entry(id)
	before := p.removeRoutes(id, e)
	for _, r := range routes {
		f, service := feed{id, r.Group}, serviceName(r)
		if p.feeds[service] == nil {
			p.feeds[service] = map[feed]bool{}
		}
		p.feeds[service][f] = true
		if onNodes(r) {
			p.onNodes[f] = true
		}
		if !before[r.Group] {
			added = append(added, r)
		}
	}
	e.routes, e.configured = routes, true
	return added
}

// removeRoutes removes the groups of a load balancer and returns them. mu must be locked.
func (p *pendingWork) removeRoutes(id model.ID, e *entry) map[model.GroupID]bool {
	before := make(map[model.GroupID]bool, len(e.routes))
	for _, r := range e.routes {
		f, service := feed{id, r.Group}, serviceName(r)
		delete(p.feeds[service], f)
		if len(p.feeds[service]) == 0 {
			delete(p.feeds, service)
		}
		delete(p.onNodes, f)
		before[r.Group] = true
	}
	e.routes = nil
	return before
}

func serviceName(r kube.GroupBackend) string { return r.Backend.Namespace + "/" + r.Backend.Service }

// routes returns the groups of a load balancer and the Services that feed them.
func (p *pendingWork) routes(id model.ID) []kube.GroupBackend {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.entries[id]; e != nil {
		return e.routes
	}
	return nil
}

// routesOf returns the routes of some groups of a load balancer.
func (p *pendingWork) routesOf(id model.ID, groups []model.GroupID) []kube.GroupBackend {
	var out []kube.GroupBackend
	for _, r := range p.routes(id) {
		if slices.Contains(groups, r.Group) {
			out = append(out, r)
		}
	}
	return out
}

// services returns the Services that feed groups, sorted.
func (p *pendingWork) services() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.feeds))
}

// configured reports whether the engine has a desired state of a load balancer.
func (p *pendingWork) configured(id model.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entries[id]
	return e != nil && e.configured
}

// allConfigured returns the load balancers of which the engine has a desired state.
func (p *pendingWork) allConfigured() []model.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []model.ID
	for id, e := range p.entries {
		if e.configured {
			out = append(out, id)
		}
	}
	return out
}
