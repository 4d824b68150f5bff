package azuretest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// SeedGateway stores an application gateway of another owner in the server's first subscription,
// and deploys it at once. Every "{self}" in the body is replaced by the gateway's ID. The body is
// checked like any other, except that properties that this API version does not have are accepted,
// and are known from then on. A test can thereby check that they are retained.
func (s *Server) SeedGateway(resourceGroup, name string, body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed(resourceGroup, name, body)
}

func (s *Server) seed(resourceGroup, name string, body []byte) error {
	c := call{subscription: s.options.Subscription, group: resourceGroup, kind: typeGateway, name: name}
	if !s.options.Restrict {
		s.openScope(c.subscription, c.group)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(body), "{self}", c.id())), &document); err != nil {
		return fmt.Errorf("seed gateway %s: %w", name, err)
	}
	s.spell("ApplicationGateway", document)
	s.learn("ApplicationGateway", document)
	g, refused := s.accept(c, s.store.get(c.id()), document)
	if refused != nil {
		return fmt.Errorf("seed gateway %s: %w", name, refused)
	}
	if g.gateway.guid == "" {
		g.gateway.guid = s.store.guid()
	}
	g.state = "Succeeded"
	g.gateway.effective, g.gateway.serving = g.gateway.wanted, g.gateway.certificates
	s.store.renewETag(g)
	s.store.put(g)
	s.refresh()
	return nil
}

// learn records the properties that no shape has.
func (s *Server) learn(shapeName string, object map[string]any) {
	for k, v := range object {
		f, ok := s.shapes[shapeName][k]
		switch {
		case !ok:
			s.extra[shapeName+"."+k] = true
		case f.parts:
			for _, item := range list(v) {
				s.learnPart(f.shape, item)
			}
		case f.kind == kindObject && f.list:
			for _, item := range list(v) {
				s.learn(f.shape, item)
			}
		case f.kind == kindObject:
			inner, _ := v.(map[string]any)
			s.learn(f.shape, inner)
		}
	}
}

func (s *Server) learnPart(shapeName string, item map[string]any) {
	for k := range item {
		if k != "id" && k != "name" && k != "etag" && k != "type" && k != "properties" {
			s.extra[shapeName+"/"+k] = true
		}
	}
	s.learn(shapeName, properties(item))
}

// SeedPublicIP stores a static public IP address of SKU Standard in the server's first
// subscription, and returns its ID and address.
func (s *Server) SeedPublicIP(resourceGroup, name string) (id, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seedPublicIP(resourceGroup, name)
}

func (s *Server) seedPublicIP(resourceGroup, name string) (id, address string) {
	id = PublicIPID(s.options.Subscription, resourceGroup, name)
	r := &resource{
		id: id, kind: typePublicIP, name: name, subscription: s.options.Subscription, group: resourceGroup, state: "Succeeded",
		document: map[string]any{
			"location": s.options.Location, "sku": map[string]any{"name": "Standard", "tier": "Regional"},
			"properties": map[string]any{"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "IPv4", "idleTimeoutInMinutes": 4.0},
		},
		address: s.store.nextAddress(),
	}
	s.store.renewETag(r)
	s.store.put(r)
	s.changed.Fire()
	return id, r.address
}

// seedShared creates the gateway of Options.SharedGateway, as an administrator does before
// controllers share it.
func (s *Server) seedShared(name string) {
	ip, _ := s.seedPublicIP(s.options.ResourceGroup, name+"-ip")
	body := SharedGateway(s.options.Location, SubnetID(s.options.Subscription, s.options.ResourceGroup, NetworkName, GatewaySubnet), ip)
	if err := s.seed(s.options.ResourceGroup, name, body); err != nil {
		panic(fmt.Sprintf("the embedded cloud refuses its own shared gateway: %v", err))
	}
}

// SharedGateway returns the body of a gateway for SeedGateway. The gateway has its own site,
// default.contoso.com on port 80, with an empty pool.
func SharedGateway(location, subnetID, publicIPID string) []byte {
	ref := func(collection, name string) map[string]any {
		return map[string]any{"id": "{self}/" + collection + "/" + name}
	}
	one := func(name string, p map[string]any) []any { return []any{map[string]any{"name": name, "properties": p}} }
	raw, err := json.Marshal(map[string]any{
		"location": location,
		"tags":     map[string]any{"owner": "platform-team"},
		"properties": map[string]any{
			"sku":                           map[string]any{"name": "Standard_v2", "tier": "Standard_v2"},
			"autoscaleConfiguration":        map[string]any{"minCapacity": 0, "maxCapacity": 10},
			"gatewayIPConfigurations":       one("gateway-ip", map[string]any{"subnet": map[string]any{"id": subnetID}}),
			"frontendIPConfigurations":      one("public", map[string]any{"publicIPAddress": map[string]any{"id": publicIPID}}),
			"frontendPorts":                 one("http", map[string]any{"port": 80}),
			"backendAddressPools":           one("default", map[string]any{"backendAddresses": []any{}}),
			"backendHttpSettingsCollection": one("default", map[string]any{"port": 80, "protocol": "Http", "requestTimeout": 20}),
			"httpListeners": one("default", map[string]any{
				"frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "http"),
				"protocol": "Http", "hostName": "default.contoso.com",
			}),
			"requestRoutingRules": one("default", map[string]any{
				"ruleType": "Basic", "priority": 100, "httpListener": ref("httpListeners", "default"),
				"backendAddressPool": ref("backendAddressPools", "default"), "backendHttpSettings": ref("backendHttpSettingsCollection", "default"),
			}),
		},
	})
	if err != nil {
		panic(err) // plain maps marshal
	}
	return raw
}

// Gateway returns an application gateway of the server's first subscription in the form of a reply.
// It reports false if there is none.
func (s *Server) Gateway(resourceGroup, name string) (body json.RawMessage, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.store.get(GatewayID(s.options.Subscription, resourceGroup, name))
	if g == nil {
		return nil, false
	}
	return json.RawMessage(canonical(s.renderGateway(g))), true
}
