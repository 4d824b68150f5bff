package node

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Node is one machine of the cluster.
type Node struct {
	Name, Region, Zone string
	// ProviderID identifies the machine to its cloud.
	ProviderID string
	// Address is the node's internal IP address.
	Address netip.Addr
	// PodRange is the range of its pods' addresses.
	PodRange netip.Prefix
	// Labels are added to the topology labels.
	Labels map[string]string
}

// InZones returns one node for each zone: node-0 with pods in 10.244.0.0/24, node-1 with
// 10.244.1.0/24, and so on, from the start of the range.
func InZones(base netip.Prefix, region string, zones ...string) []Node {
	first := base.Masked().Addr().As4()
	var nodes []Node
	for i, zone := range zones {
		pods := first
		pods[2] += byte(i)
		nodes = append(nodes, Node{
			Name: fmt.Sprintf("node-%d", i), Region: region, Zone: zone,
			Address:  netip.AddrFrom4([4]byte{172, 20, 0, byte(10 + i)}),
			PodRange: netip.PrefixFrom(netip.AddrFrom4(pods), 24),
		})
	}
	return nodes
}

// register writes the Node object and its status. An object from an earlier run of the agent is
// reused.
func (a *Agent) register(ctx context.Context, n Node) error {
	object, err := a.client.CoreV1().Nodes().Create(ctx, n.object(), metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("register node %s: %w", n.Name, err)
	}
	object.Status = n.status()
	if _, err := a.client.CoreV1().Nodes().UpdateStatus(ctx, object, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("register node %s: %w", n.Name, err)
	}
	return nil
}

func (n Node) object() *corev1.Node {
	labels := map[string]string{
		corev1.LabelHostname: n.Name, corev1.LabelTopologyRegion: n.Region, corev1.LabelTopologyZone: n.Zone,
		corev1.LabelOSStable: "linux",
	}
	for k, v := range n.Labels {
		labels[k] = v
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: labels},
		Spec: corev1.NodeSpec{
			ProviderID: n.ProviderID, PodCIDR: n.PodRange.String(), PodCIDRs: []string{n.PodRange.String()},
		},
	}
}

func (n Node) status() corev1.NodeStatus {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("64"), corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods: resource.MustParse("250"),
	}
	return corev1.NodeStatus{
		Capacity: capacity, Allocatable: capacity,
		Addresses: []corev1.NodeAddress{
			{Type: corev1.NodeInternalIP, Address: n.Address.String()}, {Type: corev1.NodeHostName, Address: n.Name},
		},
		Conditions: []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Registered",
			LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
		}},
	}
}
