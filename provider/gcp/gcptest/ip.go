package gcptest

import (
	"net/http"
	"net/netip"

	"google.golang.org/api/compute/v1"
)

// externalRanges returns the ranges of external addresses. They are reserved for documentation (RFC
// 5737), so that no address is real.
func externalRanges() []string { return []string{"203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"} }

func addressDefaults(doc document, k key) {
	if k.scope.level == global {
		setDefault(doc, "ipVersion", "IPV4")
	}
	setDefault(doc, "addressType", "EXTERNAL")
	setDefault(doc, "networkTier", "PREMIUM")
	if doc["addressType"] == "INTERNAL" {
		setDefault(doc, "purpose", "GCE_ENDPOINT")
		setDefault(doc, "subnetwork", key{project: k.project, scope: k.scope, collection: "subnetworks", name: "default"}.link())
	}
}

func checkAddress(ch *change) *fault {
	a, _ := ch.typed.(*compute.Address)
	if a.IpVersion != "" && a.IpVersion != "IPV4" {
		return notEmulated("resource.ipVersion")
	}
	if a.NetworkTier != "PREMIUM" {
		return notEmulated("resource.networkTier")
	}
	if a.Network != "" || (a.Purpose != "" && a.Purpose != "GCE_ENDPOINT" && a.Purpose != "SHARED_LOADBALANCER_VIP") {
		return notEmulated("resource.purpose")
	}
	internal := a.AddressType == "INTERNAL"
	if internal && ch.key.scope.level == global {
		return notEmulated("resource.addressType (global internal)")
	}
	if !internal && a.Subnetwork != "" {
		return invalid("resource.subnetwork", a.Subnetwork, "Only internal addresses have a subnetwork.")
	}
	if err := checkLabels(a.Labels); err != nil {
		return err
	}
	if internal {
		if err := checkSubnetOf(ch, "", a.Subnetwork, "PRIVATE"); err != nil {
			return err
		}
	}
	return ch.reserve(a, internal)
}

// reserve sets the address of a new static address. It is the next free one, a given internal one
// that is free, or one that a forwarding rule uses (page "Reserve a static external IP address",
// promote).
func (ch *change) reserve(a *compute.Address, internal bool) *fault {
	if ch.old != nil {
		return nil
	}
	if a.Address == "" {
		ip, err := ch.server.state.freeAddress(ch, internal, a.Subnetwork)
		ch.doc["address"] = ip
		return err
	}
	ip, err := netip.ParseAddr(a.Address)
	if err != nil || !ip.Is4() {
		return invalid("resource.address", a.Address, "Must be an IPv4 address.")
	}
	static, ephemeral := ch.server.state.addressUse(ch.key.project, a.Address)
	switch {
	case static:
		return invalid("resource.address", a.Address, "The address is already reserved.")
	case ephemeral:
		return nil
	case !internal:
		return invalid("resource.address", a.Address, "Specified IP address is not in use by the project.")
	case !ch.server.state.subnetContains(ch, a.Subnetwork, ip):
		return invalid("resource.address", a.Address, "Requested internal IP address is outside the network/subnetwork range.")
	default:
		return nil
	}
}

// addressUse reports whether an address is reserved, and whether a forwarding rule uses it.
func (s *state) addressUse(project, ip string) (static, ephemeral bool) {
	for o := range s.everything() {
		if o.key.project != project {
			continue
		}
		static = static || o.key.collection == "addresses" && o.doc["address"] == ip
		ephemeral = ephemeral || o.key.collection == "forwardingRules" && o.doc["IPAddress"] == ip
	}
	return static, ephemeral
}

func (s *state) subnetContains(ch *change, link string, ip netip.Addr) bool {
	prefix, ok := s.subnetRange(ch, link)
	return ok && prefix.Contains(ip)
}

func (s *state) subnetRange(ch *change, link string) (netip.Prefix, bool) {
	k, _ := parseLink(link, ch.key.project)
	o, ok := s.objects[k]
	if !ok {
		return netip.Prefix{}, false
	}
	sub, _ := o.typed.(*compute.Subnetwork)
	prefix, err := netip.ParsePrefix(sub.IpCidrRange)
	return prefix, err == nil
}

// freeAddress returns the lowest unused address. Internal ones come from the subnetwork, whose
// first ten addresses are left to virtual machines. External ones are unique over all projects.
func (s *state) freeAddress(ch *change, internal bool, subnetwork string) (string, *fault) {
	ranges := externalRanges()
	if internal {
		prefix, ok := s.subnetRange(ch, subnetwork)
		if !ok {
			return "", required("resource.subnetwork")
		}
		ranges = []string{prefix.String()}
	}
	used := s.usedAddresses(ch, internal)
	for _, r := range ranges {
		prefix := netip.MustParsePrefix(r)
		ip := prefix.Addr().Next()
		for range 9 {
			ip = ip.Next()
		}
		for ; prefix.Contains(ip.Next()); ip = ip.Next() {
			if !used[ip.String()] {
				return ip.String(), nil
			}
		}
	}
	return "", &fault{status: http.StatusForbidden, reason: "quotaExceeded", message: "No address is free."}
}

func (s *state) usedAddresses(ch *change, internal bool) map[string]bool {
	used := map[string]bool{}
	for o := range s.everything() {
		if internal && o.key.project != ch.key.project {
			continue
		}
		used[textOf(o.doc["address"])] = true
		used[textOf(o.doc["IPAddress"])] = true
	}
	return used
}

// addressUser returns the forwarding rule that uses a static address.
func (s *Server) addressUser(o *object) (*object, bool) {
	if o.key.collection != "addresses" {
		return nil, false
	}
	for user := range s.state.everything() {
		if user.key.project == o.key.project && user.key.collection == "forwardingRules" && user.doc["IPAddress"] == o.doc["address"] {
			return user, true
		}
	}
	return nil, false
}
