package awstest

import (
	"slices"
	"strconv"
	"strings"
)

func (s *Server) createRule(in *createRuleInput) (*rulesOutput, error) {
	l, err := s.mustListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	made, err := s.newRule(l, in)
	if err != nil {
		return nil, err
	}
	if l.at(made.Shape.Priority) != nil {
		return nil, refuse("PriorityInUse", "priority '%s' is currently in use", made.Shape.Priority)
	}
	if s.rulesOf(l.Shape.LoadBalancerArn) >= maxRules {
		return nil, refuse("TooManyRules", "at most %d rules are allowed for a load balancer", maxRules)
	}
	made.Shape.RuleArn = s.ruleArn(l)
	s.recordTags(made.Shape.RuleArn, made.Tags)
	l.rules = append(l.rules, made)
	l.sort()
	s.listenerChanged(l)
	return &rulesOutput{Rules: []elbRule{made.Shape}}, nil
}

func (s *Server) newRule(l *listener, in *createRuleInput) (*rule, error) {
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	conditions, err := normalizeConditions(in.Conditions)
	if err != nil {
		return nil, err
	}
	lb := s.state.balancer(l.Shape.LoadBalancerArn)
	actions, err := s.normalizeActions(lb, l.protocolPort(), nil, in.Actions)
	if err != nil {
		return nil, err
	}
	shape := elbRule{Priority: strconv.Itoa(int(*in.Priority)), Conditions: conditions, Actions: actions}
	return &rule{Shape: shape, Tags: in.Tags, created: s.now()}, nil
}

func (l *listener) protocolPort() protocolPort {
	return protocolPort{protocol: l.Shape.Protocol, port: *l.Shape.Port}
}

func (l *listener) at(priority string) *rule {
	return find(l.rules, func(r *rule) bool { return r.Shape.Priority == priority })
}

// sort sorts the rules in the order of evaluation, the default rule last.
func (l *listener) sort() {
	slices.SortFunc(l.rules, func(a, b *rule) int { return a.rank() - b.rank() })
}

func (r *rule) rank() int {
	n, err := strconv.Atoi(r.Shape.Priority)
	if err != nil {
		return 50001
	}
	return n
}

// rulesOf counts the rules of a load balancer, except default rules.
func (s *Server) rulesOf(balancer string) int {
	n := 0
	for _, l := range s.state.balancer(balancer).listeners {
		n += len(l.rules) - 1
	}
	return n
}

func (s *Server) describeRules(in *describeRulesInput) (*describeRulesOutput, error) {
	if (in.ListenerArn == "") == (len(in.RuleArns) == 0) {
		return nil, invalid("You must specify either a listener ARN or rule ARNs")
	}
	found, err := s.requestedRules(in)
	if err != nil {
		return nil, err
	}
	part, next, err := page(found, in.Marker, in.PageSize)
	return &describeRulesOutput{Rules: part, NextMarker: next}, err
}

// requestedRules returns the visible rules of a listener in the order of priority, or those with
// the ARNs in the order of the request.
func (s *Server) requestedRules(in *describeRulesInput) ([]elbRule, error) {
	var candidates []*rule
	if in.ListenerArn != "" {
		l, err := s.mustListener(in.ListenerArn)
		if err != nil {
			return nil, err
		}
		candidates = l.rules
	}
	for _, arn := range in.RuleArns {
		if _, r := s.state.rule(arn); r != nil && !slices.Contains(candidates, r) {
			candidates = append(candidates, r)
		}
	}
	var found []elbRule
	for _, r := range candidates {
		if s.visible(r.created) {
			found = append(found, r.Shape)
		}
	}
	if len(in.RuleArns) > maxPartsPerCall {
		return nil, invalid("at most %d rules can be described at a time", maxPartsPerCall)
	}
	if len(found) < len(in.RuleArns) {
		return nil, refuse("RuleNotFound", "one or more rules not found")
	}
	return found, nil
}

func (s *Server) mustRule(arn string) (*listener, *rule, error) {
	if !strings.HasPrefix(arn, "arn:") || !strings.Contains(arn, ":listener-rule/") {
		return nil, nil, invalid("'%s' is not a valid listener rule ARN", arn)
	}
	if l, r := s.state.rule(arn); r != nil {
		return l, r, nil
	}
	return nil, nil, refuse("RuleNotFound", "rule '%s' not found", arn)
}

// modifyRule replaces the conditions or the actions, each as a whole (ModifyRule). The default rule
// changes only with its listener.
func (s *Server) modifyRule(in *modifyRuleInput) (*rulesOutput, error) {
	l, r, err := s.mustRule(in.RuleArn)
	if err != nil {
		return nil, err
	}
	if r.Shape.IsDefault {
		return nil, refuse("OperationNotPermitted", "default rule '%s' cannot be modified", in.RuleArn)
	}
	shape := r.Shape
	if in.Conditions != nil {
		if shape.Conditions, err = normalizeConditions(in.Conditions); err != nil {
			return nil, err
		}
	}
	if in.Actions != nil {
		lb := s.state.balancer(l.Shape.LoadBalancerArn)
		if shape.Actions, err = s.normalizeActions(lb, l.protocolPort(), r, in.Actions); err != nil {
			return nil, err
		}
	}
	r.Shape = shape
	s.listenerChanged(l)
	return &rulesOutput{Rules: []elbRule{shape}}, nil
}

func (s *Server) deleteRule(in *ruleArnInput) (*emptyOutput, error) {
	l, r, err := s.mustRule(in.RuleArn)
	if err != nil {
		return nil, err
	}
	if r.Shape.IsDefault {
		return nil, refuse("OperationNotPermitted", "default rule '%s' cannot be deleted", in.RuleArn)
	}
	l.rules = remove(l.rules, r)
	s.recordDeletion(in.RuleArn)
	s.listenerChanged(l)
	return &emptyOutput{}, nil
}

// setRulePriorities changes the priorities of several rules at once. Other rules retain theirs
// (SetRulePriorities).
func (s *Server) setRulePriorities(in *setRulePrioritiesInput) (*rulesOutput, error) {
	if len(in.RulePriorities) == 0 {
		return nil, invalid("At least one rule priority must be specified")
	}
	moved := map[*rule]string{}
	listeners := map[*listener]bool{}
	for _, p := range in.RulePriorities {
		l, r, err := s.mustRule(p.RuleArn)
		if err != nil {
			return nil, err
		}
		if r.Shape.IsDefault {
			return nil, refuse("OperationNotPermitted", "the priority of default rule '%s' cannot be set", p.RuleArn)
		}
		if _, twice := moved[r]; twice || p.Priority == nil {
			return nil, invalid("Rule '%s' must be given once, with a priority", p.RuleArn)
		}
		moved[r], listeners[l] = strconv.Itoa(int(*p.Priority)), true
	}
	for l := range listeners {
		if err := l.checkMoves(moved); err != nil {
			return nil, err
		}
	}
	for r, priority := range moved {
		r.Shape.Priority = priority
	}
	for l := range listeners {
		l.sort()
		s.listenerChanged(l)
	}
	return &rulesOutput{Rules: s.inOrder(in.RulePriorities)}, nil
}

func (l *listener) checkMoves(moved map[*rule]string) error {
	seen := map[string]bool{}
	for _, r := range l.rules {
		priority, ok := moved[r]
		if !ok {
			priority = r.Shape.Priority
		}
		if seen[priority] {
			return refuse("PriorityInUse", "priority '%s' is currently in use", priority)
		}
		seen[priority] = true
	}
	return nil
}

func (s *Server) inOrder(priorities []elbRulePriority) []elbRule {
	shapes := make([]elbRule, 0, len(priorities))
	for _, p := range priorities {
		_, r := s.state.rule(p.RuleArn)
		shapes = append(shapes, r.Shape)
	}
	return shapes
}
