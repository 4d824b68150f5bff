package azuretest

import (
	"net/http"
)

// servePublicIP serves Microsoft.Network/publicIPAddresses.
func (s *Server) servePublicIP(w http.ResponseWriter, r *http.Request, c call) *apiError {
	return s.servePlain(w, r, c, plain{
		check: checkPublicIP, pace: publicIPPace(), settled: true,
		made: func(*resource) {},
		ready: func(r *resource) {
			if r.address == "" {
				r.address = s.store.nextAddress()
			}
		},
		render: func(r *resource) map[string]any {
			document := renderPlain(r)
			p := properties(document)
			if r.address != "" {
				p["ipAddress"] = r.address
			}
			if user := s.store.userOf(r.id); user != "" {
				p["ipConfiguration"] = map[string]any{"id": user}
			}
			return document
		},
		inUse: func(r *resource) *apiError {
			if user := s.store.userOf(r.id); user != "" {
				return invalid("PublicIPAddressCannotBeDeleted", "Public IP address %s can not be deleted since it is still allocated to resource %s.", r.id, user)
			}
			return nil
		},
	})
}

// checkPublicIP fills in the defaults of a public IP address. An address of SKU Standard is static
// (Public IP addresses, SKU).
func checkPublicIP(document map[string]any) *apiError {
	p := properties(document)
	name, _ := dig(document, "sku", "name").(string)
	if name == "" {
		document["sku"] = map[string]any{"name": "Standard", "tier": "Regional"}
		name = "Standard"
	}
	if p["publicIPAllocationMethod"] == nil {
		p["publicIPAllocationMethod"] = "Dynamic"
	}
	if p["publicIPAddressVersion"] == nil {
		p["publicIPAddressVersion"] = "IPv4"
	}
	if p["idleTimeoutInMinutes"] == nil {
		p["idleTimeoutInMinutes"] = 4.0
	}
	if name == "Standard" && p["publicIPAllocationMethod"] != "Static" {
		return invalid("PublicIPAddressWithStandardSkuMustUseStaticAllocationMethod", "Standard sku publicIp must have AllocationMethod set to Static.")
	}
	return nil
}
