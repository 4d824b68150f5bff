package kube

import (
	"cmp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// service is a Service with its slices, and what was read of it so far.
type service struct {
	object   *corev1.Service
	slices   []*discoveryv1.EndpointSlice
	count    int       // of the slices
	settings *settings // nil until read
	members  []memberList
}

// memberList is the endpoints of one port of a Service, in a target mode, for load balancers of a
// family.
type memberList struct {
	port       *corev1.ServicePort
	target     model.TargetMode
	family     model.Family
	endpoints  []model.Endpoint
	membership model.Membership
}

func (s *service) ref() model.Ref {
	return model.Ref{Kind: "Service", Namespace: s.object.Namespace, Name: s.object.Name}
}

// backend is a port of a Service with settings: a group of every load balancer that uses it.
type backend struct {
	id      model.GroupID
	service *service
	port    *corev1.ServicePort
	group   *model.Group  // the settings that take effect; read only
	forward model.Forward // to this group alone
	share   [1]model.Weighted
}

// refusal is the reason why a backend cannot serve.
type refusal struct {
	reason  model.Reason
	field   string // within the backend
	message string
}

// backend finds the backend that an Ingress refers to, with the settings of the Service over those
// of the Ingress.
func (x *cluster) backend(object model.Ref, ref *networkingv1.IngressBackend, route *settings) (*backend, *refusal) {
	switch {
	case ref.Resource != nil:
		return nil, &refusal{model.ReasonUnsupported, ".resource", "resource backends are not supported; use a service"}
	case ref.Service == nil:
		return nil, &refusal{model.ReasonInvalid, "", "names no service; name one"}
	}
	s, port, no := x.servicePort(object.Namespace, ref.Service)
	if no != nil {
		return nil, no
	}
	b := x.backendOf(s, port, object, route)
	if b.group.Target == model.TargetNode && (port.NodePort < 1 || port.NodePort > 65535) {
		return nil, &refusal{model.ReasonUnsupported, ".service.port", "target mode node needs a NodePort, and this port of Service " +
			quote(object.Namespace+"/"+ref.Service.Name) + " has none; use a Service of type NodePort or LoadBalancer"}
	}
	return b, nil
}

func (x *cluster) servicePort(namespace string, ref *networkingv1.IngressServiceBackend) (*service, *corev1.ServicePort, *refusal) {
	s := x.services[key{namespace, ref.Name}]
	if s == nil {
		return nil, nil, &refusal{model.ReasonNotFound, ".service.name", "Service " + quote(namespace+"/"+ref.Name) + " does not exist"}
	}
	if s.object.Spec.Type == corev1.ServiceTypeExternalName {
		return nil, nil, &refusal{model.ReasonUnsupported, ".service.name", "Service " + quote(namespace+"/"+ref.Name) + " is of type ExternalName, which has no endpoints"}
	}
	port := findPort(s.object, &ref.Port)
	if port == nil {
		return nil, nil, &refusal{model.ReasonNotFound, ".service.port", "Service " + quote(namespace+"/"+ref.Name) + " has no TCP port " + portText(&ref.Port)}
	}
	return s, port, nil
}

// findPort finds a TCP port by name or number.
func findPort(s *corev1.Service, want *networkingv1.ServiceBackendPort) *corev1.ServicePort {
	for i := range s.Spec.Ports {
		p := &s.Spec.Ports[i]
		if !isTCP(&p.Protocol) {
			continue
		}
		if want.Name != "" && p.Name == want.Name || want.Name == "" && p.Port == want.Number {
			return p
		}
	}
	return nil
}

func portText(p *networkingv1.ServiceBackendPort) string {
	if p.Name != "" {
		return quote(p.Name)
	}
	return strconv.Itoa(int(p.Number))
}

// backendOf returns the backend of a port with the settings of a route, which is an object that
// refers to it. The ID of the group follows from the Service, the port, and the settings that the
// route adds, so that it does not depend on who else uses the Service.
func (x *cluster) backendOf(s *service, port *corev1.ServicePort, object model.Ref, route *settings) *backend {
	id := model.GroupID(s.object.Namespace + "/" + s.object.Name + ":" + strconv.Itoa(int(port.Port)))
	if b := x.backends[id]; b != nil && !route.groupSet {
		return b
	}
	if s.settings == nil {
		s.settings = x.settings(s.ref(), s.object.Annotations, onService)
	}
	group, protocol := &x.nothingSet.group, appProtocol(port)
	if protocol != "" || route.groupSet || s.settings.groupSet {
		var suffix model.GroupID
		group, suffix = x.mergeSettings(s, protocol, object, route)
		id += suffix
	}
	if b := x.backends[id]; b != nil {
		return b
	}
	b := &backend{id: id, service: s, port: port, group: group}
	b.share[0] = model.Weighted{Group: id, Weight: 1}
	b.forward.Groups = b.share[:]
	x.backends[id] = b
	return b
}

// mergeSettings returns the settings of a group: those of the Service over those of a route. The
// suffix of the ID stands for what the route adds.
func (x *cluster) mergeSettings(s *service, protocol model.BackendProtocol, object model.Ref, route *settings) (*model.Group, model.GroupID) {
	t, g := x.annotations(), new(model.Group)
	*g = route.group
	model.Overlay(t.group, g, &s.settings.group)
	g.Protocol = cmp.Or(g.Protocol, protocol)
	x.reportInconsistent(dropInconsistent(g), s, object)
	if digest := t.digest(s.settings, route, g); digest != "" {
		return g, model.GroupID("~" + digest)
	}
	return g, ""
}

// members identifies the endpoints of the backend on load balancers of a family.
func (b *backend) members(family model.Family) Backend {
	s := b.service.object
	return Backend{
		Namespace: s.Namespace, Service: s.Name, Port: b.port.Name, Target: b.group.Target, Family: family,
		NodePort: int(b.port.NodePort), Local: s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal,
	}
}

// endpointsOf returns the endpoints of a backend. They are worked out once for all groups that have
// the same.
func (x *cluster) endpointsOf(b *backend, family model.Family) ([]model.Endpoint, model.Membership) {
	s := b.service
	for i := range s.members {
		if list := &s.members[i]; list.port == b.port && list.target == b.group.Target && list.family == family {
			return list.endpoints, list.membership
		}
	}
	eps, membership, problems := b.members(family).members(s.slices, x.nodes)
	x.problems = append(x.problems, problems...)
	s.members = append(s.members, memberList{b.port, b.group.Target, family, eps, membership})
	return eps, membership
}

// expectedPort is the port that endpoints will have as far as the Service declares it, for a group
// that has none yet. It must not change when the first pod arrives or the last one goes.
func expectedPort(p *corev1.ServicePort) int {
	port := cmp.Or(p.TargetPort.IntValue(), int(p.Port))
	if p.TargetPort.StrVal != "" || port < 1 || port > 65535 {
		return 0
	}
	return port
}

// commonPort is the port of all endpoints if they have the same one, else zero.
func commonPort(eps []model.Endpoint) int {
	if len(eps) == 0 {
		return 0
	}
	for _, e := range eps[1:] {
		if e.Port != eps[0].Port {
			return 0
		}
	}
	return eps[0].Port
}

// appProtocol reads the application protocol of a port (Kubernetes concepts, "Service").
func appProtocol(p *corev1.ServicePort) model.BackendProtocol {
	switch deref(p.AppProtocol) {
	case "kubernetes.io/h2c", "h2c", "http2":
		return model.BackendHTTP2
	case "https", "HTTPS":
		return model.BackendHTTPS
	case "grpc", "GRPC":
		return model.BackendGRPC
	default:
		return ""
	}
}
