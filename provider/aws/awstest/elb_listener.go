package awstest

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// createListener returns the existing listener if it has the same port and settings
// (CreateListener). Unverified: that tags are settings.
func (s *Server) createListener(in *createListenerInput) (*listenersOutput, error) {
	lb, err := s.mustLoadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	made, err := s.newListener(lb, in)
	if err != nil {
		return nil, err
	}
	if have := s.listenerAt(in.LoadBalancerArn, *in.Port); have != nil {
		made.Shape.ListenerArn = have.Shape.ListenerArn
		if !reflect.DeepEqual(have.Shape, made.Shape) || !sameTags(have.Tags, made.Tags) {
			return nil, refuse("DuplicateListener", "a listener already exists on this port for this load balancer '%s'", in.LoadBalancerArn)
		}
		return &listenersOutput{Listeners: []elbListener{have.Shape}}, nil
	}
	if len(lb.listeners) >= maxListeners {
		return nil, refuse("TooManyListeners", "at most %d listeners are allowed for a load balancer", maxListeners)
	}
	made.Shape.ListenerArn = strings.Replace(in.LoadBalancerArn, ":loadbalancer/", ":listener/", 1) + "/" + s.state.nextID(16)
	made.rules = []*rule{{Shape: elbRule{
		RuleArn: s.ruleArn(made), Priority: "default", Conditions: []elbCondition{}, Actions: made.Shape.DefaultActions, IsDefault: true,
	}, created: s.now()}}
	s.state.listeners.add(made.Shape.ListenerArn, made)
	s.recordTags(made.Shape.ListenerArn, made.Tags)
	lb.listeners = append(lb.listeners, made)
	s.listenerChanged(made)
	return &listenersOutput{Listeners: []elbListener{made.Shape}}, nil
}

func (s *Server) ruleArn(l *listener) string {
	return strings.Replace(l.Shape.ListenerArn, ":listener/", ":listener-rule/", 1) + "/" + s.state.nextID(16)
}

func (s *Server) listenerAt(balancer string, port int32) *listener {
	return find(s.state.balancer(balancer).listeners, func(l *listener) bool { return *l.Shape.Port == port })
}

func (s *Server) newListener(lb *loadBalancer, in *createListenerInput) (*listener, error) {
	if in.Port == nil {
		return nil, invalid("A port must be specified")
	}
	if err := checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	shape := elbListener{
		LoadBalancerArn: in.LoadBalancerArn, Port: in.Port, Protocol: in.Protocol, SslPolicy: in.SslPolicy, Certificates: in.Certificates,
	}
	if err := s.normalizeTLS(&shape); err != nil {
		return nil, err
	}
	actions, err := s.normalizeActions(lb, protocolPort{protocol: shape.Protocol, port: *in.Port}, nil, in.DefaultActions)
	if err != nil {
		return nil, err
	}
	shape.DefaultActions = actions
	return &listener{Shape: shape, Attributes: listenerDefaults(), Tags: in.Tags, created: s.now()}, nil
}

// normalizeTLS checks the protocol, certificate and policy of a listener, and sets the default
// policy. An HTTPS listener has exactly one default certificate (CreateListener, Certificates). An
// HTTP listener has neither certificate nor policy.
func (s *Server) normalizeTLS(l *elbListener) error {
	switch l.Protocol {
	case "":
		return invalid("A listener protocol must be specified")
	case "HTTP":
		if len(l.Certificates) > 0 || l.SslPolicy != "" {
			return refuse("InvalidConfigurationRequest", "certificates and a security policy cannot be specified for HTTP listeners")
		}
		return nil
	case "HTTPS":
	default:
		return refuse("UnsupportedProtocol", "protocol '%s' is not supported for an application load balancer", l.Protocol)
	}
	if err := s.checkCertificate(l.Certificates); err != nil {
		return err
	}
	l.SslPolicy = cmp.Or(l.SslPolicy, defaultPolicy)
	if _, ok := sslPolicy(l.SslPolicy); !ok {
		return refuse("SSLPolicyNotFound", "SSL policy '%s' not found", l.SslPolicy)
	}
	return nil
}

func (s *Server) describeListeners(in *describeListenersInput) (*describeListenersOutput, error) {
	if (in.LoadBalancerArn == "") == (len(in.ListenerArns) == 0) {
		return nil, invalid("You must specify either listener ARNs or a load balancer ARN")
	}
	found, err := s.requestedListeners(in)
	if err != nil {
		return nil, err
	}
	part, next, err := page(found, in.Marker, in.PageSize)
	return &describeListenersOutput{Listeners: part, NextMarker: next}, err
}

// requestedListeners returns the visible listeners of a load balancer, or those with the ARNs.
func (s *Server) requestedListeners(in *describeListenersInput) ([]elbListener, error) {
	candidates := s.state.listeners.all
	if in.LoadBalancerArn != "" {
		lb, err := s.mustLoadBalancer(in.LoadBalancerArn)
		if err != nil {
			return nil, err
		}
		if !s.visible(lb.created) {
			return nil, refuse("LoadBalancerNotFound", "load balancer '%s' not found", in.LoadBalancerArn)
		}
		candidates = lb.listeners
	}
	var found []elbListener
	for _, l := range candidates {
		wanted := in.LoadBalancerArn != "" || slices.Contains(in.ListenerArns, l.Shape.ListenerArn)
		if wanted && s.visible(l.created) {
			found = append(found, l.Shape)
		}
	}
	if len(in.ListenerArns) > maxPartsPerCall {
		return nil, invalid("at most %d listeners can be described at a time", maxPartsPerCall)
	}
	if len(found) < len(in.ListenerArns) {
		return nil, refuse("ListenerNotFound", "one or more listeners not found")
	}
	return found, nil
}

func (s *Server) mustListener(arn string) (*listener, error) {
	if !strings.HasPrefix(arn, "arn:") || !strings.Contains(arn, ":listener/") {
		return nil, invalid("'%s' is not a valid listener ARN", arn)
	}
	if l := s.state.listener(arn); l != nil {
		return l, nil
	}
	return nil, refuse("ListenerNotFound", "listener '%s' not found", arn)
}

// modifyListener changes the members that the request sets. A change from HTTPS to HTTP removes
// certificate and policy. A change from HTTP to HTTPS must set them (ModifyListener).
func (s *Server) modifyListener(in *modifyListenerInput) (*listenersOutput, error) {
	l, err := s.mustListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	shape := l.Shape
	shape.Protocol = cmp.Or(in.Protocol, shape.Protocol)
	if shape.Protocol == "HTTP" {
		shape.SslPolicy, shape.Certificates = "", nil
	}
	shape.SslPolicy = cmp.Or(in.SslPolicy, shape.SslPolicy)
	if in.Certificates != nil {
		shape.Certificates = in.Certificates
	}
	if err := s.normalizeTLS(&shape); err != nil {
		return nil, err
	}
	if in.Port != nil {
		if other := s.listenerAt(shape.LoadBalancerArn, *in.Port); other != nil && other != l {
			return nil, invalid("Listener port '%d' is already in use", *in.Port)
		}
		shape.Port = in.Port
	}
	return s.replaceListener(l, shape, in.DefaultActions)
}

// replaceListener stores a changed listener. It checks the actions of all rules, because a redirect
// may have become a loop.
func (s *Server) replaceListener(l *listener, shape elbListener, actions []elbAction) (*listenersOutput, error) {
	lb := s.state.balancer(shape.LoadBalancerArn)
	at := protocolPort{protocol: shape.Protocol, port: *shape.Port}
	if actions != nil {
		normalized, err := s.normalizeActions(lb, at, l.defaultRule(), actions)
		if err != nil {
			return nil, err
		}
		shape.DefaultActions = normalized
	}
	for _, r := range l.rules {
		if err := checkRedirects(at, r.Shape.Actions); err != nil && !r.Shape.IsDefault {
			return nil, err
		}
	}
	if shape.Protocol == "HTTP" {
		l.Certificates = nil
	}
	l.Shape = shape
	l.defaultRule().Shape.Actions = shape.DefaultActions
	s.listenerChanged(l)
	return &listenersOutput{Listeners: []elbListener{shape}}, nil
}

func (s *Server) deleteListener(in *listenerArnInput) (*emptyOutput, error) {
	l, err := s.mustListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	s.dropListener(l)
	return &emptyOutput{}, nil
}

// dropListener deletes a listener and its rules.
func (s *Server) dropListener(l *listener) {
	lb := s.state.balancer(l.Shape.LoadBalancerArn)
	lb.listeners = remove(slices.Clone(lb.listeners), l)
	s.state.listeners.drop(l.Shape.ListenerArn)
	s.recordDeletion(l.Shape.ListenerArn)
	for _, r := range l.rules {
		s.recordDeletion(r.Shape.RuleArn)
	}
	l.rules = nil
	s.listenerChanged(l)
}
