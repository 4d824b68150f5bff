package awstest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Snapshot returns every resource as canonical JSON, by kind and name: LoadBalancer/NAME,
// TargetGroup/NAME, Listener/NAME:PORT, Rule/NAME:PORT/PRIORITY, SecurityGroup/ID, Certificate/ARN,
// Vpc/ID and Subnet/ID. It omits what changes without a write, such as states and health.
func (s *Server) Snapshot() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for _, lb := range s.state.balancers.all {
		all["LoadBalancer/"+lb.Shape.LoadBalancerName] = canonical(lb)
	}
	for _, g := range s.state.groups.all {
		all["TargetGroup/"+g.Shape.TargetGroupName] = canonical(g)
	}
	for _, l := range s.state.listeners.all {
		name := fmt.Sprintf("%s:%d", s.state.balancer(l.Shape.LoadBalancerArn).Shape.LoadBalancerName, *l.Shape.Port)
		all["Listener/"+name] = canonical(l)
		for _, r := range l.rules {
			all["Rule/"+name+"/"+r.Shape.Priority] = canonical(r)
		}
	}
	for _, c := range s.state.certificates {
		all["Certificate/"+c.ARN] = canonical(c)
	}
	s.snapshotNetwork(all)
	return all
}

func (s *Server) snapshotNetwork(all map[string]string) {
	for _, g := range s.state.network.groups {
		all["SecurityGroup/"+g.id] = canonical(s.groupShapeOf(g))
	}
	all["Vpc/"+s.options.VPCID] = canonical(s.networkTags(s.options.VPCID))
	for i, sub := range s.options.Subnets {
		all["Subnet/"+sub.ID] = canonical(s.subnetShape(i, sub))
	}
}

func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%+v", v)
	}
	return strings.TrimSpace(string(text))
}
