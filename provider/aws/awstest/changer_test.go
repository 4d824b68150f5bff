package awstest

import (
	"fmt"
	"slices"
	"strconv"

	"pgregory.net/rapid"
)

// changer makes random changes, of which some may fail.
type changer struct {
	*rapid.T
	s *Server
}

func (c changer) try(change func() error) { _ = perform(c.s, change) }

func (c changer) n(label string, limit int) int { return rapid.IntRange(0, limit).Draw(c.T, label) }

func (c changer) changes() map[string]func() error {
	s := c.s
	return map[string]func() error{
		"CreateListener": func() error { _, err := s.createListener(c.newListener()); return err },
		"DeleteListener": func() error { _, err := s.deleteListener(&listenerArnInput{ListenerArn: c.listener()}); return err },
		"ModifyListener": func() error {
			_, err := s.modifyListener(&modifyListenerInput{ListenerArn: c.listener(), Port: c.port(), DefaultActions: c.actions()})
			return err
		},
		"CreateRule": func() error { _, err := s.createRule(c.newRule()); return err },
		"ModifyRule": func() error {
			_, err := s.modifyRule(&modifyRuleInput{RuleArn: c.rule(), Actions: c.actions()})
			return err
		},
		"DeleteRule": func() error { _, err := s.deleteRule(&ruleArnInput{RuleArn: c.rule()}); return err },
		"SetRulePriorities": func() error {
			_, err := s.setRulePriorities(&setRulePrioritiesInput{RulePriorities: []elbRulePriority{{RuleArn: c.rule(), Priority: ptr(int32(c.n("priority", 4) + 1))}}})
			return err
		},
		"RegisterTargets":   func() error { _, err := s.registerTargets(c.targets()); return err },
		"DeregisterTargets": func() error { _, err := s.deregisterTargets(c.targets()); return err },
		"ModifyTargetGroupAttributes": func() error {
			sticky := elbAttribute{Key: "stickiness.enabled", Value: strconv.FormatBool(c.n("sticky", 1) == 1)}
			_, err := s.modifyTargetGroupAttributes(&modifyTargetGroupAttributesInput{TargetGroupArn: c.group(), Attributes: []elbAttribute{sticky}})
			return err
		},
		"DeleteTargetGroup": func() error {
			_, err := s.deleteTargetGroup(&targetGroupArnInput{TargetGroupArn: c.group()})
			return err
		},
		"CreateTargetGroup": func() error {
			_, err := s.createTargetGroup(newGroup(s, "group-"+strconv.Itoa(c.n("name", 3))))
			return err
		},
		"SetSubnets": func() error {
			_, err := s.setSubnets(&setSubnetsInput{LoadBalancerArn: c.balancer(), Subnets: c.subnets()})
			return err
		},
		"ModifyLoadBalancerAttributes": func() error {
			idle := elbBalancerAttribute{Key: "idle_timeout.timeout_seconds", Value: strconv.Itoa(60 + c.n("idle", 1))}
			_, err := s.modifyLoadBalancerAttributes(&modifyLoadBalancerAttributesInput{LoadBalancerArn: c.balancer(), Attributes: []elbBalancerAttribute{idle}})
			return err
		},
		"DeleteLoadBalancer": func() error {
			_, err := s.deleteLoadBalancer(&loadBalancerArnInput{LoadBalancerArn: c.balancer()})
			return err
		},
		"CreateLoadBalancer": func() error {
			_, err := s.createLoadBalancer(c.newBalancer("lb-" + strconv.Itoa(c.n("name", 1))))
			return err
		},
		"Authorize": func() error {
			_, err := s.authorizeIngress(&permissionsInput{GroupId: s.state.network.groups[0].id, IpPermissions: c.permission()})
			return err
		},
		"Revoke": func() error {
			_, err := s.revokeIngress(&revokeInput{GroupId: s.state.network.groups[0].id, IpPermissions: c.permission()})
			return err
		},
	}
}

func (c changer) permission() []ec2Permission {
	return []ec2Permission{{IpProtocol: "tcp", FromPort: c.port(), ToPort: ptr(int32(90)), IpRanges: []ec2Range{{CidrIp: "0.0.0.0/0"}}}}
}

func (c changer) port() *int32 { return ptr(int32(80 + c.n("port", 1))) }

// subnets returns two or three of the three subnets.
func (c changer) subnets() []string {
	at := c.n("without", 3)
	return slices.Delete(c.s.SubnetIDs(), at, min(at+1, 3))
}

func (c changer) newBalancer(name string) *createLoadBalancerInput {
	return &createLoadBalancerInput{Name: name, Subnets: c.subnets()}
}

func newGroup(s *Server, name string) *createTargetGroupInput {
	return &createTargetGroupInput{Name: name, Protocol: "HTTP", Port: ptr(int32(8080)), VpcId: s.options.VPCID, TargetType: "ip"}
}

func (c changer) newListener() *createListenerInput {
	return &createListenerInput{LoadBalancerArn: c.balancer(), Protocol: "HTTP", Port: c.port(), DefaultActions: c.actions()}
}

func (c changer) newRule() *createRuleInput {
	host := elbCondition{Field: "host-header", HostHeaderConfig: &elbPatterns{Values: []string{c.host()}}}
	return &createRuleInput{
		ListenerArn: c.listener(), Priority: ptr(int32(c.n("priority", 4) + 1)), Conditions: []elbCondition{host}, Actions: c.actions(),
	}
}

func (c changer) host() string { return rapid.SampledFrom(sampleHosts()).Draw(c.T, "host") }

func sampleHosts() []string { return []string{"a.example.com", "b.example.com", "c.example.com"} }

func (c changer) actions() []elbAction {
	if c.n("action", 2) == 0 {
		return []elbAction{{Type: "fixed-response", FixedResponseConfig: &elbFixedResponse{StatusCode: "404"}}}
	}
	config := &elbForward{}
	for _, g := range c.s.state.groups.all {
		if c.n("used", 1) == 1 {
			config.TargetGroups = append(config.TargetGroups, elbTargetGroupTuple{TargetGroupArn: g.Shape.TargetGroupArn, Weight: ptr(int32(c.n("weight", 2)))})
		}
	}
	return []elbAction{{Type: "forward", ForwardConfig: config}}
}

func (c changer) targets() *targetsInput {
	in := &targetsInput{TargetGroupArn: c.group()}
	for zone := range 3 {
		in.Targets = append(in.Targets, elbTarget{Id: fmt.Sprintf("10.0.%d.%d", zone*64, 10+c.n("host", 2))})
	}
	return in
}

func (c changer) balancer() string {
	return pickOne(c, c.s.state.balancers.all, func(lb *loadBalancer) string { return lb.Shape.LoadBalancerArn })
}

func (c changer) group() string {
	return pickOne(c, c.s.state.groups.all, func(g *targetGroup) string { return g.Shape.TargetGroupArn })
}

func (c changer) listener() string {
	return pickOne(c, c.s.state.listeners.all, func(l *listener) string { return l.Shape.ListenerArn })
}

func (c changer) rule() string {
	var all []*rule
	for _, l := range c.s.state.listeners.all {
		all = append(all, l.rules...)
	}
	return pickOne(c, all, func(r *rule) string { return r.Shape.RuleArn })
}

func pickOne[T any](c changer, all []T, arn func(T) string) string {
	if len(all) == 0 {
		return ""
	}
	return arn(all[c.n("which", len(all)-1)])
}
