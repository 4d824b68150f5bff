package kube

import (
	"cmp"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// variant is a port of a Service with one set of settings: what becomes a group in each load
// balancer that uses it. There is one for nearly every path, so that it holds no more than it must.
type variant struct {
	next     *variant // of the same Service
	port     *corev1.ServicePort
	settings *backendSettings
	family   model.Family
	id       model.GroupID  // of the port, whatever the settings
	group    *model.Group   // where it was first made; the others differ in ID and origins
	plain    *model.Forward // to the plain ID, shared by all load balancers
	backend  int32          // of that group, among those of the result

	sequence int32 // of the load balancer that used it last
	index    int32 // there, among the groups
	forward  *model.Forward
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

// variant is that of a port and settings.
func (b *builder) variant(s *service, port *corev1.ServicePort, settings *backendSettings, family model.Family) *variant {
	id := model.GroupID("")
	for v := s.variants; v != nil; v = v.next {
		if v.port.Port != port.Port {
			continue
		}
		if (v.settings == settings || *v.settings == *settings) && v.family == family {
			return v
		}
		id = v.id
	}
	if id == "" {
		id = model.GroupID(b.blocks.text.join(s.object.Namespace, "/", s.object.Name, ":", strconv.Itoa(int(port.Port))))
	}
	v := &b.blocks.variants.take(1)[0]
	v.next, v.port, v.settings, v.family, v.id = s.variants, port, settings, family, id
	s.variants = v
	return v
}

// fill works the group of a variant out, in its place, at first use.
func (b *builder) fill(g *model.Group, s *service, v *variant, backend *Backend) {
	o := v.settings
	g.Target, g.Protocol, g.Health, g.Affinity, g.Draining, g.Timeout = o.target, o.protocol, o.health, o.affinity, o.draining, o.timeout
	g.Endpoints, g.Members = b.endpoints(s, backend)
	g.Port = sharedPort(g.Endpoints)
	if len(g.Endpoints) == 0 && o.target != model.TargetNode {
		g.Port = portToBe(v.port)
	}
	if g.Protocol == "" {
		g.Protocol = appProtocol(v.port)
	}
	if flaws := settle(g); len(flaws) > 0 {
		b.flaws[v] = flaws
	}
	if len(b.pods) > 0 && o.target != model.TargetNode {
		b.probe(g)
	}
}

// endpoints are worked out once for all settings that do not change them.
func (b *builder) endpoints(s *service, backend *Backend) ([]model.Endpoint, model.Membership) {
	for v := s.variants; v != nil; v = v.next {
		if v.group != nil && b.result.Backends[v.backend].Backend == *backend {
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

// portToBe is the port that endpoints will have as far as the Service says, for a group that has
// none yet: it must not change when its first pod comes or its last one goes.
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

// appProtocol reads what the port says that it speaks (Kubernetes concepts, "Service": application
// protocol).
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

// used tells whether a load balancer has a group of the port already, with whatever settings.
func (s *service) used(port, sequence int32) bool {
	for v := s.variants; v != nil; v = v.next {
		if v.port.Port == port && v.sequence == sequence {
			return true
		}
	}
	return false
}
