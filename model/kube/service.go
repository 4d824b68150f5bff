package kube

import (
	"cmp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// variant is a port of a Service with one set of settings: what becomes a group in each load balancer that uses it.
type variant struct {
	port     int32
	settings *backendSettings
	family   model.Family
	backend  Backend
	group    model.Group // without an ID and origins
	plain    model.Action
	flaws    []flaw

	sequence int // of the load balancer that used it last
	index    int // there, among the groups
	action   model.Action
}

// portUse tells which load balancer used a port of a Service last, whatever the settings.
type portUse struct {
	port     int32
	id       model.GroupID
	sequence int
}

// refusal is why a backend cannot serve: where below the backend, and what to say.
type refusal struct {
	reason  model.Reason
	field   string
	message string
}

// resolve finds the port of a Service with the settings of an Ingress laid under its own.
func (b *builder) resolve(namespace string, ref *networkingv1.IngressServiceBackend, ingress *backendSettings, family model.Family) (*service, *variant, *refusal) {
	s := b.services[key{namespace, ref.Name}]
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
	merged := b.over(s, ingress)
	if merged.target == model.TargetNode && (port.NodePort < 1 || port.NodePort > 65535) {
		return nil, nil, &refusal{model.ReasonUnsupported, ".service.port", "target mode node needs a NodePort, and Service " +
			quote(namespace+"/"+ref.Name) + " has none on that port; allowed is a Service of type NodePort or LoadBalancer"}
	}
	return s, b.variant(s, port, merged, family), nil
}

// findPort finds a port by name or number among those that TCP reaches.
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

// variant is the group of a port and settings, worked out at first use.
func (b *builder) variant(s *service, port *corev1.ServicePort, settings *backendSettings, family model.Family) *variant {
	for _, v := range s.variants {
		if v.port == port.Port && (v.settings == settings || *v.settings == *settings) && v.family == family {
			return v
		}
	}
	backend := backendOf(s.object, port, settings, family)
	eps, membership := b.endpoints(s, backend)
	v := &b.blocks.variants.take(1)[0]
	*v = variant{port: port.Port, settings: settings, family: family, backend: backend}
	if s.variants == nil {
		s.variants = b.blocks.pointers.take(1)[:0]
	}
	s.variants = append(s.variants, v)
	v.group = model.Group{
		Target: settings.target, Protocol: settings.protocol, Health: settings.health, Affinity: settings.affinity,
		Draining: settings.draining, Timeout: settings.timeout, Members: membership, Endpoints: eps, Port: sharedPort(eps),
	}
	if len(eps) == 0 && settings.target != model.TargetNode {
		v.group.Port = portToBe(port)
	}
	if v.group.Protocol == "" {
		v.group.Protocol = appProtocol(port)
	}
	v.flaws = settle(&v.group)
	if len(b.pods) > 0 && settings.target != model.TargetNode {
		b.probe(&v.group)
	}
	return v
}

// endpoints are worked out once for all settings that do not change them.
func (b *builder) endpoints(s *service, backend Backend) ([]model.Endpoint, model.Membership) {
	for _, v := range s.variants {
		if v.backend == backend {
			return v.group.Endpoints, v.group.Members
		}
	}
	eps, membership, problems := backend.members(s.slices, b.nodes, &b.blocks.scratch)
	b.result.Problems = append(b.result.Problems, problems...)
	return eps, membership
}

func backendOf(s *corev1.Service, port *corev1.ServicePort, settings *backendSettings, family model.Family) Backend {
	return Backend{
		Namespace: s.Namespace, Service: s.Name, Port: port.Name, Target: settings.target, Family: family,
		NodePort: int(port.NodePort), Local: s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal,
	}
}

// portToBe is the port that endpoints will have as far as the Service says, for a group that has none yet: it must not change when its
// first pod comes or its last one goes.
func portToBe(p *corev1.ServicePort) int {
	hint := cmp.Or(p.TargetPort.IntValue(), int(p.Port))
	if p.TargetPort.StrVal != "" || hint < 1 || hint > 65535 {
		return 0
	}
	return hint
}

// sharedPort is the port of all endpoints where they share one, else zero.
func sharedPort(eps []model.Endpoint) int {
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

// appProtocol reads what the port says that it speaks (Kubernetes concepts, "Service": application protocol).
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

// use is what the port was used for so far; the first settings of a load balancer get the plain ID.
func (s *service) use(port int32, b *blocks) *portUse {
	for i := range s.ports {
		if s.ports[i].port == port {
			return &s.ports[i]
		}
	}
	id := b.text.join(s.object.Namespace, "/", s.object.Name, ":", strconv.Itoa(int(port)))
	if s.ports == nil {
		s.ports = b.uses.take(1)[:0]
	}
	s.ports = append(s.ports, portUse{port: port, id: model.GroupID(id)})
	return &s.ports[len(s.ports)-1]
}
