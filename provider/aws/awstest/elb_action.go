package awstest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// protocolPort is the protocol and the port of a listener.
type protocolPort struct {
	protocol string
	port     int32
}

// normalizeActions checks the actions of a rule and returns them as they are stored. A rule has
// exactly one routing action (Action). Authentication is not supported. These actions replace those
// of the rule replaced, if it is not nil.
func (s *Server) normalizeActions(lb *loadBalancer, at protocolPort, replaced *rule, actions []elbAction) ([]elbAction, error) {
	if len(actions) == 0 {
		return nil, invalid("At least one action must be specified")
	}
	if len(actions) > 1 {
		return nil, refuse("TooManyActions", "at most one routing action can be specified for a rule")
	}
	a := actions[0]
	if countSet(a.ForwardConfig != nil || a.TargetGroupArn != "", a.RedirectConfig != nil, a.FixedResponseConfig != nil) != 1 {
		return nil, invalid("An action must have exactly the configuration of its type '%s'", a.Type)
	}
	var err error
	switch {
	case a.Type == "forward" && (a.ForwardConfig != nil || a.TargetGroupArn != ""):
		err = s.normalizeForward(lb, replaced, &a)
	case a.Type == "redirect" && a.RedirectConfig != nil:
		err = normalizeRedirect(at, &a)
	case a.Type == "fixed-response" && a.FixedResponseConfig != nil:
		err = checkFixedResponse(*a.FixedResponseConfig)
	case strings.HasPrefix(a.Type, "authenticate-") || a.Type == "jwt-validation":
		err = unsupported("action type " + a.Type)
	default:
		err = invalid("An action of type '%s' must not have the configuration of another type", a.Type)
	}
	return []elbAction{a}, err
}

// normalizeForward checks the target groups of a forward action and returns the form of responses:
// a single target group is also in TargetGroupArn, and each has a weight in ForwardConfig.
func (s *Server) normalizeForward(lb *loadBalancer, replaced *rule, a *elbAction) error {
	config := elbForward{}
	if a.ForwardConfig != nil {
		config = *a.ForwardConfig
		if on := config.TargetGroupStickinessConfig; on != nil && or(on.Enabled, false) {
			return unsupported("target group stickiness")
		}
		if a.TargetGroupArn != "" && (len(config.TargetGroups) != 1 || config.TargetGroups[0].TargetGroupArn != a.TargetGroupArn) {
			return invalid("A target group ARN and a forward configuration must name the same one target group")
		}
	} else {
		config.TargetGroups = []elbTargetGroupTuple{{TargetGroupArn: a.TargetGroupArn}}
	}
	if err := s.checkForwardGroups(lb, replaced, config.TargetGroups); err != nil {
		return err
	}
	config.TargetGroups = slices.Clone(config.TargetGroups)
	for i, t := range config.TargetGroups {
		config.TargetGroups[i].Weight = ptr(or(t.Weight, 1))
	}
	a.TargetGroupArn = ""
	if len(config.TargetGroups) == 1 {
		a.TargetGroupArn = config.TargetGroups[0].TargetGroupArn
	}
	config.TargetGroupStickinessConfig = &elbGroupStickiness{Enabled: ptr(false)}
	a.ForwardConfig = &config
	return nil
}

// checkForwardGroups checks the target groups of a forward action: 1 to 5 different ones (quotas)
// with weights of 0 to 999 (TargetGroupTuple), which exist, are not used by another load balancer,
// and are within the quota of the load balancer. Unverified: the code for more than five.
func (s *Server) checkForwardGroups(lb *loadBalancer, replaced *rule, groups []elbTargetGroupTuple) error {
	if len(groups) == 0 {
		return invalid("A forward action must specify at least one target group")
	}
	if len(groups) > maxGroupsPerAction {
		return invalid("A forward action can specify at most %d target groups", maxGroupsPerAction)
	}
	var arns []string
	for _, t := range groups {
		if slices.Contains(arns, t.TargetGroupArn) {
			return invalid("Target group '%s' is a duplicate", t.TargetGroupArn)
		}
		if w := or(t.Weight, 1); w < 0 || w > 999 {
			return invalid("The weight of a target group must be between 0 and 999, got '%d'", w)
		}
		if err := s.checkAssociation(lb, t.TargetGroupArn); err != nil {
			return err
		}
		arns = append(arns, t.TargetGroupArn)
	}
	return s.checkGroupCount(lb, replaced, arns)
}

func (s *Server) checkAssociation(lb *loadBalancer, arn string) error {
	g, err := s.mustTargetGroup(arn)
	if err != nil {
		return err
	}
	for _, other := range s.state.loadBalancersOf(g) {
		if other != lb.Shape.LoadBalancerArn {
			return refuse("TargetGroupAssociationLimit", "target group '%s' cannot be associated with more than one load balancer", arn)
		}
	}
	if n := s.targetsOf(lb.Shape.LoadBalancerArn, g) + len(g.Targets); n > s.options.TargetQuota {
		return refuse("TooManyTargets", "at most %d targets can be registered with a load balancer", s.options.TargetQuota)
	}
	return nil
}

// checkGroupCount checks the number of different target groups of a load balancer
// (TooManyUniqueTargetGroupsPerLoadBalancer).
func (s *Server) checkGroupCount(lb *loadBalancer, replaced *rule, add []string) error {
	used := map[string]bool{}
	for _, l := range lb.listeners {
		for _, r := range l.rules {
			if r != replaced {
				for _, arn := range groupsOf(r.Shape.Actions) {
					used[arn] = true
				}
			}
		}
	}
	for _, arn := range add {
		used[arn] = true
	}
	if len(used) > maxGroupsPerBalancer {
		return refuse("TooManyUniqueTargetGroupsPerLoadBalancer", "at most %d target groups can be used by a load balancer", maxGroupsPerBalancer)
	}
	return nil
}

// normalizeRedirect sets the placeholders of unchanged components, and rejects loops
// (RedirectActionConfig).
func normalizeRedirect(at protocolPort, a *elbAction) error {
	r := *a.RedirectConfig
	r.Protocol = cmp.Or(r.Protocol, "#{protocol}")
	r.Port = cmp.Or(r.Port, "#{port}")
	r.Host = cmp.Or(r.Host, "#{host}")
	r.Path = cmp.Or(r.Path, "/#{path}")
	r.Query = ptr(or(r.Query, "#{query}"))
	a.RedirectConfig = &r
	if err := checkRedirectParts(r); err != nil {
		return err
	}
	return checkRedirects(at, []elbAction{*a})
}

func checkRedirectParts(r elbRedirect) error {
	if r.Port != "#{port}" {
		if n, err := strconv.Atoi(r.Port); err != nil || n < 1 || n > 65535 {
			return refuse("InvalidLoadBalancerAction", "the redirect port '%s' must be a number from 1 to 65535 or #{port}", r.Port)
		}
	}
	if !strings.HasPrefix(r.Path, "/") {
		return refuse("InvalidLoadBalancerAction", "the redirect path '%s' must begin with '/'", r.Path)
	}
	if strings.HasPrefix(*r.Query, "?") {
		return refuse("InvalidLoadBalancerAction", "the redirect query must not begin with '?'")
	}
	return nil
}

// checkRedirects rejects redirects from HTTPS to HTTP, and those to the same listener, host and
// path: "You must modify at least one of the following components to avoid a redirect loop:
// protocol, hostname, port, or path."
func checkRedirects(at protocolPort, actions []elbAction) error {
	for _, a := range actions {
		r := a.RedirectConfig
		if r == nil {
			continue
		}
		if at.protocol == "HTTPS" && r.Protocol == "HTTP" {
			return refuse("InvalidLoadBalancerAction", "you can't redirect HTTPS to HTTP")
		}
		sameProtocol := r.Protocol == "#{protocol}" || r.Protocol == at.protocol
		samePort := r.Port == "#{port}" || r.Port == strconv.Itoa(int(at.port))
		if sameProtocol && samePort && r.Host == "#{host}" && r.Path == "/#{path}" {
			return refuse("InvalidLoadBalancerAction", "the redirect configuration is not valid because it creates a loop")
		}
	}
	return nil
}

func checkFixedResponse(f elbFixedResponse) error {
	types := []string{"", "text/plain", "text/css", "text/html", "application/javascript", "application/json"}
	if !slices.Contains(types, f.ContentType) {
		return invalid("The content type '%s' must be one of %s", f.ContentType, strings.Join(types[1:], ", "))
	}
	return nil
}
