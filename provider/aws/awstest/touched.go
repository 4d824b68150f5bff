package awstest

import "slices"

// touched is what has changed since the data plane last followed. Every operation that changes a
// stored object which the data plane heeds says so here; what it costs to follow depends on what
// changed, and not on how much there is. The server's lock guards it.
type touched struct {
	groups    map[*targetGroup]bool
	listeners map[*listener]bool
}

// take returns what was touched and begins anew.
func (t *touched) take() touched {
	was := *t
	*t = touched{}
	return was
}

// touchGroup says that the targets, the checks, the attributes or the users of a target group
// changed, or that it came or went.
func (s *Server) touchGroup(g *targetGroup) {
	if s.touched.groups == nil {
		s.touched.groups = map[*targetGroup]bool{}
	}
	s.touched.groups[g] = true
}

// touchListener says that a listener or one of its rules changed, or that it came or went. The
// references of its rules count from here on.
func (s *Server) touchListener(l *listener) {
	for _, g := range s.state.relink(l) {
		s.touchGroup(g)
	}
	if s.touched.listeners == nil {
		s.touched.listeners = map[*listener]bool{}
	}
	s.touched.listeners[l] = true
}

// touchBalancer says that the state, the zones, the security groups or the attributes of a load
// balancer changed.
func (s *Server) touchBalancer(lb *loadBalancer) {
	for g := range lb.groups() {
		s.touchGroup(g)
	}
	for _, l := range lb.listeners {
		s.touchListener(l)
	}
}

// touchMembers says that the rules of a security group changed.
func (s *Server) touchMembers(securityGroup string) {
	for _, lb := range s.state.balancers.all {
		if slices.Contains(lb.Shape.SecurityGroups, securityGroup) {
			s.touchBalancer(lb)
		}
	}
}

// touchUsers says that a certificate changed.
func (s *Server) touchUsers(certificate string) {
	for _, l := range s.state.listeners.all {
		if l.uses(certificate) {
			s.touchListener(l)
		}
	}
}
