package gcptest

import (
	"google.golang.org/api/compute/v1"
)

// Limits of network endpoint groups: 500 endpoints per call (reference of attachNetworkEndpoints),
// 10,000 per zonal NEG (page "Quotas and limits" of load balancing).
const (
	maxEndpointsPerCall = 500
	maxEndpoints        = 10_000
)

func negDefaults(doc document, k key) {
	setDefault(doc, "network", key{project: k.project, collection: "networks", name: "default"}.link())
	if doc["network"] == (key{project: k.project, collection: "networks", name: "default"}).link() {
		setDefault(doc, "subnetwork", key{project: k.project, scope: scope{regional, k.scope.region()}, collection: "subnetworks", name: "default"}.link())
	}
}

func negLinks(typed any) []string {
	n, _ := typed.(*compute.NetworkEndpointGroup)
	return []string{n.Network, n.Subnetwork}
}

func checkNEG(ch *change) *fault {
	n, _ := ch.typed.(*compute.NetworkEndpointGroup)
	switch n.NetworkEndpointType {
	case "GCE_VM_IP_PORT":
	case "":
		return required("resource.networkEndpointType")
	default:
		return notEmulated("resource.networkEndpointType")
	}
	if n.DefaultPort < 0 || n.DefaultPort > 65535 {
		return invalid("resource.defaultPort", n.DefaultPort, "")
	}
	if _, err := ch.ref("resource.network", n.Network, "networks"); err != nil {
		return err
	}
	return checkSubnetOf(ch, n.Network, n.Subnetwork, "PRIVATE")
}

// checkSubnetOf checks that a subnetwork is in the region of the resource and in the network, and
// has the purpose.
func checkSubnetOf(ch *change, network, subnetwork, purpose string) *fault {
	if subnetwork == "" {
		return required("resource.subnetwork")
	}
	o, err := ch.ref("resource.subnetwork", subnetwork, "subnetworks")
	if err != nil {
		return err
	}
	sub, _ := o.typed.(*compute.Subnetwork)
	if o.key.scope.region() != ch.key.scope.region() {
		return invalid("resource.subnetwork", subnetwork, "The subnetwork must be in the same region.")
	}
	if network != "" && sub.Network != network {
		return invalid("resource.subnetwork", subnetwork, "The subnetwork does not belong to the network.")
	}
	if sub.Purpose != purpose {
		return invalid("resource.subnetwork", subnetwork, "The subnetwork has purpose "+sub.Purpose+".")
	}
	return nil
}
