package kube

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/headgate-io/headgate/model"
)

// Nodes are nodes by name. Endpoints without a zone have that of their node, and with target mode
// "node" the endpoints are nodes.
type Nodes map[string]*corev1.Node

// NewNodes indexes nodes.
func NewNodes(nodes []*corev1.Node) Nodes {
	n := make(Nodes, len(nodes))
	for _, o := range nodes {
		setOnce(n, o.Name, o)
	}
	return n
}

// zone returns the zone of a node; empty if it is unknown.
func (n Nodes) zone(node string) string {
	if o := n[node]; o != nil {
		return o.Labels[corev1.LabelTopologyZone]
	}
	return ""
}

// isTarget reports whether a load balancer should send to a node: it is ready, and not excluded by
// its label (Kubernetes reference, "Well-Known Labels":
// node.kubernetes.io/exclude-from-external-load-balancers).
func isTarget(n *corev1.Node) bool {
	if _, excluded := n.Labels[corev1.LabelNodeExcludeBalancers]; excluded {
		return false
	}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// internalIP returns the first internal address of a node in the wanted family.
func internalIP(n *corev1.Node, v6 bool) (netip.Addr, bool) {
	for _, a := range n.Status.Addresses {
		if a.Type != corev1.NodeInternalIP {
			continue
		}
		if ip, err := netip.ParseAddr(a.Address); err == nil && isReachable(ip, v6) {
			return ip.Unmap(), true
		}
	}
	return netip.Addr{}, false
}

// nodeMembers returns the NodePort of every node that is a target; with externalTrafficPolicy Local
// of those that have an endpoint.
func (k Backend) nodeMembers(slices []*discoveryv1.EndpointSlice, nodes Nodes) ([]model.Endpoint, model.Membership, []model.Problem) {
	var local map[string]model.EndpointState
	if k.Local {
		pods, known, problems := k.podMembers(slices, nodes)
		if known == model.MembersUnknown {
			return nil, known, problems
		}
		local = nodeStates(pods)
	}
	if len(nodes) == 0 {
		return nil, model.MembersUnknown, nil
	}
	v6 := k.Family == model.IPv6
	eps := k.onNodes(nodes, local, v6)
	if len(eps) == 0 {
		eps = k.onNodes(nodes, local, !v6)
	}
	return eps, model.MembersKnown, nil
}

func (k Backend) onNodes(nodes Nodes, local map[string]model.EndpointState, v6 bool) []model.Endpoint {
	eps := make([]model.Endpoint, 0, len(nodes))
	for name, n := range nodes {
		state, has := local[name]
		if !isTarget(n) || (k.Local && !has) || !isName(name) || !isName(nodes.zone(name)) {
			continue
		}
		if ip, ok := internalIP(n, v6); ok {
			eps = append(eps, model.Endpoint{Address: ip, Port: k.NodePort, Zone: nodes.zone(name), Node: name, State: orReady(state)})
		}
	}
	return sorted(eps)
}

func orReady(s model.EndpointState) model.EndpointState {
	if s == "" {
		return model.Ready
	}
	return s
}

// nodeStates returns the best state of any endpoint, by node.
func nodeStates(pods []model.Endpoint) map[string]model.EndpointState {
	states := make(map[string]model.EndpointState)
	for _, p := range pods {
		if old, ok := states[p.Node]; !ok || rank(p.State) < rank(old) {
			states[p.Node] = p.State
		}
	}
	delete(states, "")
	return states
}

func rank(s model.EndpointState) int {
	return slices.Index([]model.EndpointState{model.Ready, model.Draining, model.NotReady}, s)
}
