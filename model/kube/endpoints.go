package kube

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/headgate-io/headgate/model"
)

// Backend is one port of one Service as a load balancer reaches it: all that is needed to find its
// endpoints again when slices or nodes change.
type Backend struct {
	Namespace, Service string
	// Port is the name of the Service port, as slices name it; empty for an unnamed port.
	Port   string
	Target model.TargetMode
	// Family is that of the load balancer. IPv6 prefers IPv6 addresses, the others IPv4. A Service
	// without slices of the preferred family is reached by the other one. A pod with both addresses
	// is one endpoint.
	Family   model.Family
	NodePort int  // for target mode node
	Local    bool // externalTrafficPolicy Local: only nodes that have an endpoint
}

// Members returns the endpoints of a backend, sorted by address and port, each address once. It
// ignores slices of other Services.
//
// Without any slice (target mode node: without any node) the membership is unknown, since a cache
// that is not filled yet looks the same. Slices without endpoints are known and empty.
func (k Backend) Members(all []*discoveryv1.EndpointSlice, nodes Nodes) ([]model.Endpoint, model.Membership, []model.Problem) {
	return k.members(k.owned(all), nodes)
}

// owned returns the slices of the Service.
func (k Backend) owned(all []*discoveryv1.EndpointSlice) []*discoveryv1.EndpointSlice {
	foreign := func(s *discoveryv1.EndpointSlice) bool { return !k.owns(s) }
	if !slices.ContainsFunc(all, foreign) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), foreign)
}

func (k Backend) members(all []*discoveryv1.EndpointSlice, nodes Nodes) ([]model.Endpoint, model.Membership, []model.Problem) {
	if k.Target == model.TargetNode {
		return k.nodeMembers(all, nodes)
	}
	return k.podMembers(all, nodes)
}

func (k Backend) podMembers(all []*discoveryv1.EndpointSlice, nodes Nodes) ([]model.Endpoint, model.Membership, []model.Problem) {
	if len(all) == 0 {
		return nil, model.MembersUnknown, nil
	}
	c := collector{backend: k, nodes: nodes}
	family := k.family(all)
	c.reserve(all, family)
	for _, s := range all {
		switch s.AddressType {
		case discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6:
			if s.AddressType == family {
				c.slice(s)
			}
		case discoveryv1.AddressTypeFQDN:
			c.problem(s, model.ReasonUnsupported, "addressType", "addressType is FQDN; allowed: IPv4 or IPv6")
		default:
			c.problem(s, model.ReasonUnsupported, "addressType", "addressType is "+quote(string(s.AddressType))+"; allowed: IPv4 or IPv6")
		}
	}
	return sorted(c.endpoints), model.MembersKnown, c.problems
}

// owns reports whether a slice belongs to the Service (Kubernetes concepts, "EndpointSlices":
// ownership by label).
func (k Backend) owns(s *discoveryv1.EndpointSlice) bool {
	return s.Namespace == k.Namespace && s.Labels[discoveryv1.LabelServiceName] == k.Service
}

// family is the address type of the endpoints.
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

// collector collects the endpoints of one backend.
type collector struct {
	backend   Backend
	nodes     Nodes
	endpoints []model.Endpoint
	names     strings.Builder // of pods; one allocation for all of them
	problems  []model.Problem
}

// reserve makes room for all endpoints and the names of their pods.
func (c *collector) reserve(all []*discoveryv1.EndpointSlice, family discoveryv1.AddressType) {
	endpoints, names := 0, 0
	for _, s := range all {
		if s.AddressType != family {
			continue
		}
		endpoints += len(s.Endpoints)
		for i := range s.Endpoints {
			if t := s.Endpoints[i].TargetRef; t != nil {
				names += len(s.Namespace) + 1 + len(t.Name)
			}
		}
	}
	if endpoints > 0 {
		c.endpoints = make([]model.Endpoint, 0, endpoints)
	}
	c.names.Grow(names)
}

func (c *collector) problem(s *discoveryv1.EndpointSlice, reason model.Reason, field, message string) {
	ref := model.Ref{Kind: "EndpointSlice", Namespace: s.Namespace, Name: s.Name, Field: field}
	c.problems = append(c.problems, model.Problem{Origin: ref, Reason: reason, Message: message})
}

func (c *collector) slice(s *discoveryv1.EndpointSlice) {
	for _, p := range s.Ports {
		if deref(p.Name) != c.backend.Port || p.Port == nil || !isTCP(p.Protocol) {
			continue
		}
		if *p.Port < 1 || *p.Port > 65535 {
			c.problem(s, model.ReasonInvalid, "ports", "a port is out of range; allowed: 1 to 65535")
			continue
		}
		for i := range s.Endpoints {
			c.endpoint(s, i, int(*p.Port))
		}
	}
}

// endpoint adds an endpoint by its first address, as consumers should (discovery/v1 reference,
// Endpoint.addresses).
func (c *collector) endpoint(s *discoveryv1.EndpointSlice, i, port int) {
	e := &s.Endpoints[i]
	if len(e.Addresses) == 0 {
		return
	}
	ip, err := netip.ParseAddr(e.Addresses[0])
	if err != nil || !isReachable(ip, s.AddressType == discoveryv1.AddressTypeIPv6) {
		c.problem(s, model.ReasonInvalid, endpointField(i)+".addresses[0]",
			"address "+quote(e.Addresses[0])+" is not an "+string(s.AddressType)+" address that a pod can have")
		return
	}
	ep := model.Endpoint{Address: ip.Unmap(), Port: port, Zone: deref(e.Zone), Node: deref(e.NodeName), State: state(e.Conditions)}
	if ep.Zone == "" && ep.Node != "" {
		ep.Zone = c.nodes.zone(ep.Node)
	}
	if t := e.TargetRef; t != nil && t.Kind == "Pod" && t.Name != "" {
		ep.Pod = c.podName(s.Namespace, t.Name)
	}
	if !isName(ep.Zone) || !isName(ep.Node) || !isName(ep.Pod) {
		c.problem(s, model.ReasonInvalid, endpointField(i), "zone, node or pod is not a valid name")
		return
	}
	c.endpoints = append(c.endpoints, ep)
}

func (c *collector) podName(namespace, name string) string {
	begin := c.names.Len()
	c.names.WriteString(namespace)
	c.names.WriteByte('/')
	c.names.WriteString(name)
	return c.names.String()[begin:]
}

// isName reports whether s is empty, or can be the name of an object.
func isName(s string) bool { return s == "" || model.IsWord(s) }

// isReachable reports whether a pod or node can have the address, in the wanted family.
func isReachable(ip netip.Addr, v6 bool) bool {
	ip = ip.Unmap()
	unicast := !ip.IsUnspecified() && !ip.IsMulticast() && !ip.IsLinkLocalUnicast()
	return ip.Zone() == "" && unicast && ip.Is6() == v6
}

// state reads the conditions (discovery/v1 reference, EndpointConditions): unknown means ready,
// serving, and not terminating. An endpoint that terminates and is ready belongs to a Service that
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
