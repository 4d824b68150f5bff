package awstest

import "slices"

// changes are the stored objects that the data plane has not followed yet. Every operation that
// changes an object which the data plane uses adds it, so that the cost of an operation depends on
// what it changes, and not on what is stored. The lock of the server guards it.
type changes struct {
	groups    map[*targetGroup]bool
	listeners map[*listener]bool
}

// flush returns the changes and clears them.
func (c *changes) flush() changes {
	flushed := *c
	*c = changes{}
	return flushed
}

// targetGroupChanged records that a target group was created or deleted, or that its targets,
// health check, attributes or users changed.
func (s *Server) targetGroupChanged(g *targetGroup) {
	if s.changes.groups == nil {
		s.changes.groups = map[*targetGroup]bool{}
	}
	s.changes.groups[g] = true
}

// listenerChanged records that a listener or one of its rules was created, changed or deleted. It
// also updates which target groups the listener uses.
func (s *Server) listenerChanged(l *listener) {
	for _, g := range s.state.relink(l) {
		s.targetGroupChanged(g)
	}
	if s.changes.listeners == nil {
		s.changes.listeners = map[*listener]bool{}
	}
	s.changes.listeners[l] = true
}

// loadBalancerChanged records that the state, zones, security groups or attributes of a load
// balancer changed.
func (s *Server) loadBalancerChanged(lb *loadBalancer) {
	for g := range lb.groups() {
		s.targetGroupChanged(g)
	}
	for _, l := range lb.listeners {
		s.listenerChanged(l)
	}
}

// securityGroupChanged records that the rules of a security group changed.
func (s *Server) securityGroupChanged(id string) {
	for _, lb := range s.state.balancers.all {
		if slices.Contains(lb.Shape.SecurityGroups, id) {
			s.loadBalancerChanged(lb)
		}
	}
}

// certificateChanged records that a certificate changed.
func (s *Server) certificateChanged(arn string) {
	for _, l := range s.state.listeners.all {
		if l.uses(arn) {
			s.listenerChanged(l)
		}
	}
}
