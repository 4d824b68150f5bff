package gcptest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"google.golang.org/api/compute/v1"
)

func firewallDefaults(doc document, k key) {
	setDefault(doc, "network", key{project: k.project, collection: "networks", name: "default"}.link())
	setDefault(doc, "priority", number(1000))
	setDefault(doc, "direction", "INGRESS")
	if doc["direction"] == "INGRESS" && isZero(doc["sourceRanges"]) && isZero(doc["sourceTags"]) && isZero(doc["sourceServiceAccounts"]) {
		doc["sourceRanges"] = []any{"0.0.0.0/0"}
	}
}

func firewallLinks(typed any) []string {
	f, _ := typed.(*compute.Firewall)
	return []string{f.Network}
}

// checkFirewall requires either allowed or denied, ranges in CIDR form, and a priority from 0 to
// 65535 (reference of Firewall). The data plane ignores firewalls, as if they allowed the ranges of
// health checks.
func checkFirewall(ch *change) *fault {
	f, _ := ch.typed.(*compute.Firewall)
	if _, err := ch.ref("resource.network", f.Network, "networks"); err != nil {
		return err
	}
	if f.Priority < 0 || f.Priority > 65535 {
		return invalid("resource.priority", f.Priority, "")
	}
	if (len(f.Allowed) > 0) == (len(f.Denied) > 0) {
		return invalid("resource.allowed", len(f.Allowed), "Exactly one of allowed or denied must be specified.")
	}
	for i, a := range f.Allowed {
		if err := checkFirewallPorts(fmt.Sprintf("resource.allowed[%d]", i), a.IPProtocol, a.Ports); err != nil {
			return err
		}
	}
	for i, d := range f.Denied {
		if err := checkFirewallPorts(fmt.Sprintf("resource.denied[%d]", i), d.IPProtocol, d.Ports); err != nil {
			return err
		}
	}
	return checkRanges(f)
}

func checkRanges(f *compute.Firewall) *fault {
	for _, list := range [][]string{f.SourceRanges, f.DestinationRanges} {
		for _, r := range list {
			if _, err := netip.ParsePrefix(r); err != nil {
				return invalid("resource.sourceRanges", r, "Must be in CIDR form.")
			}
		}
	}
	return nil
}

func checkFirewallPorts(at, protocol string, ports []string) *fault {
	if protocol == "" {
		return required(at + ".IPProtocol")
	}
	for _, p := range ports {
		from, to, ranged := strings.Cut(p, "-")
		if !ranged {
			to = from
		}
		a, errA := strconv.ParseUint(from, 10, 16)
		b, errB := strconv.ParseUint(to, 10, 16)
		if errA != nil || errB != nil || a > b {
			return invalid(at+".ports", p, "")
		}
	}
	return nil
}

func subnetworkDefaults(doc document, k key) {
	setDefault(doc, "network", key{project: k.project, collection: "networks", name: "default"}.link())
	setDefault(doc, "purpose", "PRIVATE")
}

func subnetworkLinks(typed any) []string {
	s, _ := typed.(*compute.Subnetwork)
	if s.Network == "" {
		return nil
	}
	return []string{s.Network}
}

// checkSubnetwork requires a range that overlaps no other of the network. A proxy-only subnetwork
// has a role, and only one per region is active (page "Proxy-only subnets").
func checkSubnetwork(ch *change) *fault {
	s, _ := ch.typed.(*compute.Subnetwork)
	if _, err := ch.ref("resource.network", s.Network, "networks"); err != nil {
		return err
	}
	prefix, parseErr := netip.ParsePrefix(s.IpCidrRange)
	if parseErr != nil || prefix != prefix.Masked() || !privateAddress(prefix.Addr()) {
		return invalid("resource.ipCidrRange", s.IpCidrRange, "Must be a private range in CIDR form.")
	}
	proxyOnly := s.Purpose == "REGIONAL_MANAGED_PROXY"
	if !proxyOnly && s.Purpose != "PRIVATE" {
		return notEmulated("resource.purpose")
	}
	if proxyOnly != (s.Role != "") {
		return invalid("resource.role", s.Role, "A role is for proxy-only subnetworks, which must have one.")
	}
	return ch.checkOtherSubnetworks(s, prefix)
}

// checkOtherSubnetworks rejects a range that overlaps another of the network, and a second active
// proxy-only subnetwork in a region.
func (ch *change) checkOtherSubnetworks(s *compute.Subnetwork, prefix netip.Prefix) *fault {
	for o := range ch.server.state.everything() {
		other, ok := o.typed.(*compute.Subnetwork)
		if !ok || o.key == ch.key || o.key.project != ch.key.project || other.Network != s.Network {
			continue
		}
		if p, err := netip.ParsePrefix(other.IpCidrRange); err == nil && p.Overlaps(prefix) {
			return invalid("resource.ipCidrRange", s.IpCidrRange, "The range overlaps that of '"+o.key.path()+"'.")
		}
		if o.key.scope == ch.key.scope && activeProxyOnly(s) && activeProxyOnly(other) {
			return invalid("resource.role", s.Role, "There is an active proxy-only subnetwork in the region.")
		}
	}
	return nil
}

func activeProxyOnly(s *compute.Subnetwork) bool {
	return s.Purpose == "REGIONAL_MANAGED_PROXY" && s.Role == "ACTIVE"
}
