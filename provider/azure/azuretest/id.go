package azuretest

import (
	"fmt"
	"strings"
)

// provider is the namespace of every type that this server knows.
const provider = "Microsoft.Network"

// The types that this server stores, as their segment in a resource ID.
const (
	typeGateway  = "applicationGateways"
	typePublicIP = "publicIPAddresses"
	typeNetwork  = "virtualNetworks"
	typeSubnet   = "subnets"
	typeSecurity = "networkSecurityGroups"
	typeGroup    = "resourceGroups"
)

// knownTypes are the top-level types by their lower-case segment.
func knownTypes() map[string]string {
	known := map[string]string{}
	for _, t := range []string{typeGateway, typePublicIP, typeNetwork, typeSecurity} {
		known[strings.ToLower(t)] = t
	}
	return known
}

// GatewayID is the resource ID of an application gateway.
func GatewayID(subscription, resourceGroup, name string) string {
	return resourceID(subscription, resourceGroup, typeGateway, name)
}

// SubnetID is the resource ID of a subnet.
func SubnetID(subscription, resourceGroup, network, subnet string) string {
	return resourceID(subscription, resourceGroup, typeNetwork, network) + "/" + typeSubnet + "/" + subnet
}

// PublicIPID is the resource ID of a public IP address.
func PublicIPID(subscription, resourceGroup, name string) string {
	return resourceID(subscription, resourceGroup, typePublicIP, name)
}

func groupID(subscription, group string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/" + group
}

func resourceID(subscription, group, kind, name string) string {
	return fmt.Sprintf("%s/providers/%s/%s/%s", groupID(subscription, group), provider, kind, name)
}

// key makes IDs comparable: Azure compares them without regard to case (Azure Resource Manager,
// resource ID).
func key(id string) string { return strings.ToLower(id) }

// subResource splits the ID of a part of the gateway into collection and name; ok is false when it
// is not one of that gateway.
func subResource(gatewayID, id string) (collection, name string, ok bool) {
	prefix := key(gatewayID) + "/"
	if !strings.HasPrefix(key(id), prefix) {
		return "", "", false
	}
	parts := strings.Split(id[len(prefix):], "/")
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// lastSegment is the name at the end of an ID.
func lastSegment(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
