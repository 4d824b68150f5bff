package azuretest

import (
	"net/http"
	"strings"
)

// accept checks a document and returns the resource that it describes. It stores nothing.
func (s *Server) accept(c call, have *resource, document map[string]any) (*resource, *apiError) {
	s.spell("ApplicationGateway", document)
	if err := s.checkEnvelope(c, have, document); err != nil {
		return nil, err
	}
	w := &walker{shapes: s.shapes, extra: s.extra, ref: s.resolve(c.id(), document)}
	if err := w.object(at{"", c.id()}, "ApplicationGateway", document); err != nil {
		return nil, err
	}
	for _, k := range []string{"id", "name", "type"} {
		delete(document, k)
	}
	if zones, _ := document["zones"].([]any); len(zones) == 0 {
		delete(document, "zones")
	}
	fillDefaults(document)
	config, err := readConfig(document)
	if err != nil {
		return nil, invalid("InvalidRequestContent", "%s", err)
	}
	state := &gatewayState{running: true}
	if have != nil {
		*state = *have.gateway
	}
	check := &checker{
		id: c.id(), config: config, stored: state.certificates, network: s.store,
		loopback: s.options.LoopbackTargets, private: !s.options.PublicFrontendRequired,
	}
	if err := check.run(); err != nil {
		return nil, err
	}
	state.wanted, state.certificates = config, check.certificates
	hideSecrets(document, state.certificates)
	return &resource{
		id: c.id(), kind: typeGateway, name: c.name, subscription: c.subscription, group: c.group,
		document: document, gateway: state,
	}, nil
}

// checkEnvelope checks the properties that all resources have, and normalizes the location.
func (s *Server) checkEnvelope(c call, have *resource, document map[string]any) *apiError {
	if !validName(c.name) {
		return invalid("InvalidResourceName", "Resource name %s is invalid.", c.name)
	}
	location, _ := document["location"].(string)
	if location == "" {
		return invalid("LocationRequired", "The location property is required for this definition.")
	}
	location = canonicalLocation(location)
	document["location"] = location
	if have != nil && !strings.EqualFold(location, have.document["location"].(string)) {
		return refuse(http.StatusConflict, "InvalidResourceLocation", "The resource '%s' already exists in location '%s'. A resource with the same name cannot be created in location '%s'.",
			c.name, have.document["location"], location)
	}
	if name, ok := document["name"].(string); ok && !strings.EqualFold(name, c.name) {
		return invalid("InvalidRequestContent", "The name '%s' of the resource does not match the URL.", name)
	}
	if _, ok := document["properties"].(map[string]any); !ok {
		return invalid("InvalidRequestContent", "The resource has no properties.")
	}
	return nil
}

// resolve returns a function that checks references of a document, to its own parts and to other
// resources. Subnets and public addresses must exist. Firewall policies are not stored here, and
// any reference to one is accepted.
func (s *Server) resolve(gatewayID string, document map[string]any) func(id, target, by string) *apiError {
	parts := map[string]bool{}
	for collection, list := range properties(document) {
		items, _ := list.([]any)
		for _, item := range items {
			object, _ := item.(map[string]any)
			if name, ok := object["name"].(string); ok {
				parts[key(collection+"/"+name)] = true
			}
		}
	}
	return func(id, target, by string) *apiError {
		if target == "" {
			outside := s.store.get(id)
			missing := outside == nil && (strings.Contains(key(id), "/"+key(typeSubnet)+"/") || strings.Contains(key(id), "/"+key(typePublicIP)+"/"))
			if missing || !strings.HasPrefix(id, "/subscriptions/") {
				return unresolved(id, by)
			}
			return nil
		}
		collection, name, ok := subResource(gatewayID, id)
		if !ok || !strings.EqualFold(collection, target) || !parts[key(collection+"/"+name)] {
			return unresolved(id, by)
		}
		return nil
	}
}

// list returns the objects in an array.
func list(v any) []map[string]any {
	items, _ := v.([]any)
	objects := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}
