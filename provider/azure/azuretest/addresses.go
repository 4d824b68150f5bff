package azuretest

import (
	"net/http"
	"net/netip"
	"strings"
)

// freeAddress reports whether an address is in the range of a subnet, is not one of the five that
// Azure reserves there, and is not another gateway's (Application Gateway infrastructure
// configuration, size of the subnet). Instances of gateways use no addresses here.
func (s *store) freeAddress(subnetID, address, gatewayID string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil || s.userOfPrivate(address, gatewayID) != "" {
		return false
	}
	for _, prefix := range s.prefixes(subnetID) {
		if prefix.Contains(ip) {
			return !reserved(prefix, ip)
		}
	}
	return false
}

// prefixes returns the ranges of a subnet.
func (s *store) prefixes(subnetID string) []netip.Prefix {
	subnet := s.get(subnetID)
	if subnet == nil {
		return nil
	}
	texts, _ := dig(subnet.document, "properties", "addressPrefixes").([]any)
	texts = append(texts, dig(subnet.document, "properties", "addressPrefix"))
	var all []netip.Prefix
	for _, v := range texts {
		text, _ := v.(string)
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p.Masked())
		}
	}
	return all
}

// reserved reports whether an address is one of the first four of a range or the last.
func reserved(p netip.Prefix, ip netip.Addr) bool {
	first := p.Addr()
	for range 4 {
		if ip == first {
			return true
		}
		first = first.Next()
	}
	return !p.Contains(ip.Next())
}

// userOfPrivate returns the ID of another gateway that has a private address, or "".
func (s *store) userOfPrivate(address, except string) string {
	for _, g := range s.gateways() {
		if key(g.id) == key(except) {
			continue
		}
		for _, f := range g.gateway.wanted.Properties.FrontendIPConfigurations {
			if f.Properties.PrivateIPAddress == address {
				return g.id
			}
		}
	}
	return ""
}

// checkAddress serves Virtual Networks - Check IP Address Availability.
func (s *Server) checkAddress(w http.ResponseWriter, r *http.Request, network *resource) *apiError {
	if r.Method != http.MethodGet {
		return notAllowed(r)
	}
	address := r.URL.Query().Get("ipAddress")
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return invalid("InvalidIPAddress", "The IP address '%s' is invalid.", address)
	}
	for _, subnet := range s.subnetsOf(network.id) {
		for _, prefix := range s.store.prefixes(subnet.id) {
			if prefix.Contains(ip) {
				writeJSON(w, http.StatusOK, s.availability(subnet.id, prefix, address))
				return nil
			}
		}
	}
	return invalid("PrivateIPAddressNotInAnySubnet", "Private static IP address %s does not belong to the range of any subnet.", address)
}

// availability returns the reply: whether the address is free, and if not, some free addresses.
func (s *Server) availability(subnetID string, prefix netip.Prefix, address string) map[string]any {
	if s.store.freeAddress(subnetID, address, "") {
		return map[string]any{"available": true, "availableIPAddresses": []any{}}
	}
	free := []any{}
	for ip := prefix.Addr(); prefix.Contains(ip) && len(free) < 5; ip = ip.Next() {
		if s.store.freeAddress(subnetID, ip.String(), "") {
			free = append(free, ip.String())
		}
	}
	return map[string]any{"available": false, "availableIPAddresses": free}
}

func isAddressCheck(child string) bool { return strings.EqualFold(child, "CheckIPAddressAvailability") }
