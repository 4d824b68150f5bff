package kube

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/headgate-io/headgate/model"
)

// Backend is one port of one Service, as a load balancer reaches it: all that is needed to find its
// endpoints again when slices or nodes change.
type Backend struct {
	Namespace, Service string
	// Port is the name of the Service port, by which slices name it; empty for an unnamed one.
	Port   string
	Target model.TargetMode
	// Family is that of the load balancer. Only IPv6 asks for IPv6 first; where a Service has no
	// slice of the first family, the other one is taken. A pod with both addresses is one endpoint.
	Family   model.Family
	NodePort int  // for target mode node
	Local    bool // externalTrafficPolicy Local: only nodes that have an endpoint
}

// Members is the endpoints of a backend, sorted by address and port, each address once. The slices
// must be those of its Service; slices of other Services are passed over. Without any slice (target
// mode node: without any node) the membership is unknown, for a cache that has not filled looks the
// same; slices without endpoints are known and empty.
func (k Backend) Members(all []*discoveryv1.EndpointSlice, nodes Nodes) ([]model.Endpoint, model.Membership, []model.Problem) {
	return k.members(k.owned(all), nodes, new(scratch))
}

// owned are the slices of the Service.
func (k Backend) owned(all []*discoveryv1.EndpointSlice) []*discoveryv1.EndpointSlice {
	foreign := func(s *discoveryv1.EndpointSlice) bool { return !k.owns(s) }
	if !slices.ContainsFunc(all, foreign) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), foreign)
}

// scratch is where endpoints and the names of their pods come from.
type scratch struct {
	text      text
	endpoints arena[model.Endpoint]
}

func (k Backend) members(all []*discoveryv1.EndpointSlice, nodes Nodes, from *scratch) ([]model.Endpoint, model.Membership, []model.Problem) {
	if k.Target == model.TargetNode {
		return k.nodeMembers(all, nodes, from)
	}
	return k.podMembers(all, nodes, from)
}

func (k Backend) podMembers(all []*discoveryv1.EndpointSlice, nodes Nodes, from *scratch) ([]model.Endpoint, model.Membership, []model.Problem) {
	m := gathering{backend: k, nodes: nodes, from: from}
	if len(all) == 0 {
		return nil, model.MembersUnknown, nil
	}
	family := k.family(all)
	m.size(all, family)
	for _, s := range all {
		switch s.AddressType {
		case discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6:
			if s.AddressType == family {
				m.slice(s)
			}
		case discoveryv1.AddressTypeFQDN:
			m.problem(s, model.ReasonUnsupported, "addressType", "addresses are host names; allowed is IPv4 or IPv6")
		default:
			m.problem(s, model.ReasonUnsupported, "addressType", "addressType is "+quote(string(s.AddressType))+", allowed is IPv4 or IPv6")
		}
	}
	return sorted(m.endpoints), model.MembersKnown, m.problems
}

// owns tells whether a slice is one of the Service's (Kubernetes concepts, "EndpointSlices":
// ownership by label).
func (k Backend) owns(s *discoveryv1.EndpointSlice) bool {
	return s.Namespace == k.Namespace && s.Labels[discoveryv1.LabelServiceName] == k.Service
}

// family is the address type to take.
func (k Backend) family(all []*discoveryv1.EndpointSlice) discoveryv1.AddressType {
	var v4, v6 bool
	for _, s := range all {
		v4 = v4 || s.AddressType == discoveryv1.AddressTypeIPv4
		v6 = v6 || s.AddressType == discoveryv1.AddressTypeIPv6
	}
	if v6 && (k.Family == model.IPv6 || !v4) {
		return discoveryv1.AddressTypeIPv6
	}
	return discoveryv1.AddressTypeIPv4
}

// gathering collects the endpoints of one backend.
type gathering struct {
	backend   Backend
	nodes     Nodes
	endpoints []model.Endpoint
	problems  []model.Problem
	from      *scratch
}

// manyEndpoints is from how many on it pays to count the bytes of their names.
const manyEndpoints = 64

// size makes room once for all endpoints and, where they are many, the names of their pods.
func (m *gathering) size(all []*discoveryv1.EndpointSlice, family discoveryv1.AddressType) {
	n := 0
	for _, s := range all {
		if s.AddressType == family {
			n += len(s.Endpoints)
		}
	}
	m.endpoints = m.from.endpoints.take(n)[:0]
	if n < manyEndpoints {
		return
	}
	bytes := 0
	for _, s := range all {
		for i := range s.Endpoints {
			if t := s.Endpoints[i].TargetRef; t != nil && s.AddressType == family {
				bytes += len(s.Namespace) + 1 + len(t.Name)
			}
		}
	}
	m.from.text.room(bytes)
}

func (m *gathering) problem(s *discoveryv1.EndpointSlice, reason model.Reason, field, message string) {
	ref := model.Ref{Kind: "EndpointSlice", Namespace: s.Namespace, Name: s.Name, Field: field}
	m.problems = append(m.problems, model.Problem{Origin: ref, Reason: reason, Message: message})
}

func (m *gathering) slice(s *discoveryv1.EndpointSlice) {
	for _, p := range s.Ports {
		if deref(p.Name) != m.backend.Port || p.Port == nil || !isTCP(p.Protocol) {
			continue
		}
		if *p.Port < 1 || *p.Port > 65535 {
			m.problem(s, model.ReasonInvalid, "ports", "a port is out of range, allowed is 1 to 65535")
			continue
		}
		for i := range s.Endpoints {
			m.endpoint(s, i, int(*p.Port))
		}
	}
}

// endpoint takes the first address, as consumers should (discovery/v1 reference,
// Endpoint.addresses).
func (m *gathering) endpoint(s *discoveryv1.EndpointSlice, i, port int) {
	e := &s.Endpoints[i]
	if len(e.Addresses) == 0 {
		return
	}
	ip, err := netip.ParseAddr(e.Addresses[0])
	if err != nil || !fits(ip, s.AddressType == discoveryv1.AddressTypeIPv6) {
		m.problem(s, model.ReasonInvalid, endpointField(i)+".addresses[0]", "address "+quote(e.Addresses[0])+" is no "+string(s.AddressType)+" address of a pod")
		return
	}
	ep := model.Endpoint{Address: ip.Unmap(), Port: port, Zone: deref(e.Zone), Node: deref(e.NodeName), State: state(e.Conditions)}
	if ep.Zone == "" && ep.Node != "" {
		ep.Zone = m.nodes.zone(ep.Node)
	}
	if t := e.TargetRef; t != nil && t.Kind == "Pod" && t.Name != "" {
		ep.Pod = m.from.text.join(s.Namespace, "/", t.Name)
	}
	if !isName(ep.Zone) || !isName(ep.Node) || !isName(ep.Pod) {
		m.problem(s, model.ReasonInvalid, endpointField(i), "zone, node or pod is no name")
		return
	}
	m.endpoints = append(m.endpoints, ep)
}

// isName lets nothing pass that could not be the name of an object.
func isName(s string) bool { return s == "" || len(s) <= maxWord && printable(s) }

// fits tells whether a pod or node can have the address, in the wanted family.
func fits(ip netip.Addr, v6 bool) bool {
	ip = ip.Unmap()
	unicast := !ip.IsUnspecified() && !ip.IsMulticast() && !ip.IsLinkLocalUnicast()
	return ip.Zone() == "" && unicast && ip.Is6() == v6
}

// state reads the conditions (discovery/v1 reference, EndpointConditions): unknown is ready,
// serving, and not terminating. What is terminating and said to be ready belongs to a Service that
// publishes addresses that are not ready, and stays ready.
func state(c discoveryv1.EndpointConditions) model.EndpointState {
	switch {
	case c.Ready == nil || *c.Ready:
		return model.Ready
	case (c.Serving == nil || *c.Serving) && c.Terminating != nil && *c.Terminating:
		return model.Draining
	default:
		return model.NotReady
	}
}

func isTCP(p *corev1.Protocol) bool { return p == nil || *p == "" || *p == corev1.ProtocolTCP }

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
