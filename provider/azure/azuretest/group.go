package azuretest

import (
	"net/http"
	"strings"
)

// openScope creates a resource group with the virtual network of a new account.
func (s *Server) openScope(subscription, group string) {
	id := groupID(subscription, group)
	if _, ok := s.store.groups[key(id)]; ok {
		return
	}
	s.store.groups[key(id)] = id
	network := &resource{
		id: resourceID(subscription, group, typeNetwork, NetworkName), kind: typeNetwork, name: NetworkName, subscription: subscription, group: group,
		state: "Succeeded", document: map[string]any{
			"location":   s.options.Location,
			"properties": map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"10.0.0.0/8"}}},
		},
	}
	s.store.renewETag(network)
	s.store.put(network)
	for name, prefix := range map[string]string{GatewaySubnet: "10.255.0.0/24", PodSubnet: "10.0.0.0/16"} {
		s.storeSubnet(network, name, map[string]any{"properties": map[string]any{"addressPrefix": prefix}})
	}
}

// scope checks that the subscription and the group of a call exist. Unless Restrict is set, it
// creates the group.
func (s *Server) scope(c call) *apiError {
	if s.options.Restrict && !strings.EqualFold(c.subscription, s.options.Subscription) {
		return refuse(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", c.subscription)
	}
	if c.group == "" || c.kind == typeGroup {
		return nil
	}
	if _, ok := s.store.groups[key(groupID(c.subscription, c.group))]; ok {
		return nil
	}
	if s.options.Restrict {
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", c.group)
	}
	s.openScope(c.subscription, c.group)
	return nil
}

// serveGroup serves the creation and the existence of resource groups.
func (s *Server) serveGroup(w http.ResponseWriter, r *http.Request, c call) *apiError {
	id := groupID(c.subscription, c.name)
	_, have := s.store.groups[key(id)]
	body := map[string]any{
		"id": id, "name": c.name, "type": "Microsoft.Resources/resourceGroups", "location": s.options.Location,
		"properties": map[string]any{"provisioningState": "Succeeded"},
	}
	switch {
	case r.Method == http.MethodPut && c.name != "":
		status := http.StatusOK
		if !have {
			status = http.StatusCreated
			s.store.groups[key(id)] = id
			s.changed.Fire()
		}
		writeJSON(w, status, body)
	case r.Method == http.MethodGet && c.name != "" && (have || !s.options.Restrict):
		writeJSON(w, http.StatusOK, body)
	case r.Method == http.MethodGet && c.name != "":
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", c.name)
	default:
		return notAllowed(r)
	}
	return nil
}
