package azuretest

import (
	"fmt"
	"strings"
)

// provider is the namespace of all types that this server serves.
const provider = "Microsoft.Network"

// The types that this server stores, as segments of a resource ID.
const (
	typeGateway  = "applicationGateways"
	typePublicIP = "publicIPAddresses"
	typeNetwork  = "virtualNetworks"
	typeSubnet   = "subnets"
	typeSecurity = "networkSecurityGroups"
	typeGroup    = "resourceGroups"
)

// knownTypes returns the top-level types by their lower-case segment.
func knownTypes() map[string]string {
	known := map[string]string{}
	for _, t := range []string{typeGateway, typePublicIP, typeNetwork, typeSecurity} {
		known[strings.ToLower(t)] = t
	}
	return known
}

// GatewayID returns the resource ID of an application gateway.
func GatewayID(subscription, resourceGroup, name string) string {
	return resourceID(subscription, resourceGroup, typeGateway, name)
}

// SubnetID returns the resource ID of a subnet.
func SubnetID(subscription, resourceGroup, network, subnet string) string {
	return resourceID(subscription, resourceGroup, typeNetwork, network) + "/" + typeSubnet + "/" + subnet
}

// PublicIPID returns the resource ID of a public IP address.
func PublicIPID(subscription, resourceGroup, name string) string {
	return resourceID(subscription, resourceGroup, typePublicIP, name)
}

func groupID(subscription, group string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/" + group
}

func resourceID(subscription, group, kind, name string) string {
	return fmt.Sprintf("%s/providers/%s/%s/%s", groupID(subscription, group), provider, kind, name)
}

// key returns the comparable form of an ID. Azure compares IDs without case (Azure Resource
// Manager, resource ID).
func key(id string) string { return strings.ToLower(id) }

// subResource splits the ID of a part of a gateway into collection and name. It reports false if
// the ID is not of that gateway.
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

// lastSegment returns the name at the end of an ID.
func lastSegment(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
