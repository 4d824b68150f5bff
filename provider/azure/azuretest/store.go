package azuretest

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// resource is one stored object.
type resource struct {
	id, kind, name      string
	subscription, group string
	document            map[string]any // as accepted: no read-only properties, no secrets
	etag                string
	state               string // provisioningState

	gateway *gatewayState // of an application gateway
	// of a public IP address; empty until the operation that creates it has succeeded
	address string
}

// gatewayState is the state of an application gateway besides its document.
type gatewayState struct {
	wanted *gatewayConfig // of the last accepted request
	// what is in effect; nil until the first operation has succeeded
	effective    *gatewayConfig
	certificates map[string]*certificate
	serving      map[string]*certificate // the certificates of effective
	running      bool
	transition   string     // Starting or Stopping, while that is in progress
	operation    *operation // nil if none is in progress
	awaited      bool       // no GET has returned the result of the last write yet
	guid         string
}

// store contains all objects. The lock of the server guards it.
type store struct {
	resources map[string]*resource // by key of the ID
	gone      map[string]bool      // deleted resources, by key of the ID
	groups    map[string]string    // IDs, by their keys
	serial    uint64
	addresses uint32
}

func newStore() *store {
	return &store{resources: map[string]*resource{}, gone: map[string]bool{}, groups: map[string]string{}}
}

// guid returns a new identifier. The sequence is the same in every run.
func (s *store) guid() string {
	s.serial++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.serial)
}

// renewETag gives a resource a new ETag.
func (s *store) renewETag(r *resource) { r.etag = `W/"` + s.guid() + `"` }

// nextAddress returns a new public address. No address is returned twice.
func (s *store) nextAddress() string {
	s.addresses++
	n := s.addresses
	return netip.AddrFrom4([4]byte{20, byte(64 + n>>16), byte(n >> 8), byte(n)}).String()
}

// list returns the resources of a kind in the order of their IDs. An empty group selects all
// groups.
func (s *store) list(kind, subscription, group string) []*resource {
	var found []*resource
	for _, r := range s.resources {
		if r.kind == kind && strings.EqualFold(r.subscription, subscription) && (group == "" || strings.EqualFold(r.group, group)) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *resource) int { return strings.Compare(key(a.id), key(b.id)) })
	return found
}

func (s *store) get(id string) *resource { return s.resources[key(id)] }

func (s *store) put(r *resource) {
	s.resources[key(r.id)] = r
	delete(s.gone, key(r.id))
}

func (s *store) drop(r *resource) {
	delete(s.resources, key(r.id))
	s.gone[key(r.id)] = true
}

// gateways returns all application gateways in the order of their IDs.
func (s *store) gateways() []*resource {
	var found []*resource
	for _, r := range s.resources {
		if r.kind == typeGateway {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *resource) int { return strings.Compare(key(a.id), key(b.id)) })
	return found
}

// subnetExists reports whether a subnet exists.
func (s *store) subnetExists(id string) bool {
	r := s.get(id)
	return r != nil && r.kind == typeSubnet
}

// publicIP returns the state of a public IP address. It reports false if there is none.
func (s *store) publicIP(id string) (publicIPState, bool) {
	r := s.get(id)
	if r == nil || r.kind != typePublicIP {
		return publicIPState{}, false
	}
	name, _ := dig(r.document, "sku", "name").(string)
	method, _ := dig(r.document, "properties", "publicIPAllocationMethod").(string)
	return publicIPState{standard: name == "Standard", static: method == "Static", state: r.state, usedBy: s.userOf(id)}, true
}

// userOf returns the ID of the frontend configuration that uses a public IP address, or "".
func (s *store) userOf(publicIPID string) string {
	for _, g := range s.gateways() {
		for _, f := range g.gateway.wanted.Properties.FrontendIPConfigurations {
			if f.Properties.PublicIPAddress != nil && key(f.Properties.PublicIPAddress.ID) == key(publicIPID) {
				return g.id + "/frontendIPConfigurations/" + f.Name
			}
		}
	}
	return ""
}

// subnetUser returns the ID of a gateway's IP configuration in a subnet, or "".
func (s *store) subnetUser(subnetID string) string {
	for _, g := range s.gateways() {
		for _, c := range g.gateway.wanted.Properties.GatewayIPConfigurations {
			if key(c.Properties.Subnet.ID) == key(subnetID) {
				return g.id + "/gatewayIPConfigurations/" + c.Name
			}
		}
	}
	return ""
}

// dig returns the value at a path of nested objects, or nil.
func dig(object map[string]any, path ...string) any {
	var v any = object
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// properties returns the properties of a document. It creates them if they are missing.
func properties(document map[string]any) map[string]any {
	p, ok := document["properties"].(map[string]any)
	if !ok {
		p = map[string]any{}
		document["properties"] = p
	}
	return p
}

// canonical returns JSON with sorted keys.
func canonical(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error() // documents come from JSON, so they marshal
	}
	return string(raw)
}
