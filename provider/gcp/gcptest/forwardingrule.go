package gcptest

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"google.golang.org/api/compute/v1"
)

func forwardingRuleDefaults(doc document, k key) {
	setDefault(doc, "IPProtocol", "TCP")
	setDefault(doc, "networkTier", "PREMIUM")
	if doc["loadBalancingScheme"] == "INTERNAL_MANAGED" {
		setDefault(doc, "network", key{project: k.project, collection: "networks", name: "default"}.link())
		setDefault(doc, "subnetwork", key{project: k.project, scope: k.scope, collection: "subnetworks", name: "default"}.link())
	}
}

func forwardingRuleLinks(typed any) []string {
	fr, _ := typed.(*compute.ForwardingRule)
	out := []string{fr.Target}
	for _, link := range []string{fr.Network, fr.Subnetwork} {
		if link != "" {
			out = append(out, link)
		}
	}
	return out
}

func checkForwardingRule(ch *change) *fault {
	fr, _ := ch.typed.(*compute.ForwardingRule)
	if err := checkRuleScheme(fr, ch.key.scope); err != nil {
		return err
	}
	if fr.IPProtocol != "TCP" {
		return invalid("resource.IPProtocol", fr.IPProtocol, "Application load balancers need TCP.")
	}
	if fr.NetworkTier != "PREMIUM" {
		return notEmulated("resource.networkTier")
	}
	if fr.IpVersion != "" && fr.IpVersion != "IPV4" {
		return notEmulated("resource.ipVersion")
	}
	port, err := checkPort(fr)
	if err != nil {
		return err
	}
	if err := ch.checkTarget(fr); err != nil {
		return err
	}
	if err := checkLabels(fr.Labels); err != nil {
		return err
	}
	if err := ch.checkRuleNetwork(fr); err != nil {
		return err
	}
	if err := ch.assignAddress(fr); err != nil {
		return err
	}
	ch.doc["portRange"] = port + "-" + port
	delete(ch.doc, "ports")
	return ch.checkCollision(port)
}

// checkRuleScheme accepts the schemes of Envoy-based application load balancers. Internal ones are
// regional.
func checkRuleScheme(fr *compute.ForwardingRule, in scope) *fault {
	switch {
	case fr.LoadBalancingScheme == "EXTERNAL_MANAGED":
		return nil
	case fr.LoadBalancingScheme == "INTERNAL_MANAGED" && in.level == regional:
		return nil
	default:
		return notEmulated("resource.loadBalancingScheme")
	}
}

// checkPort returns the port of a rule, which is a range or a list of one port. EXTERNAL_MANAGED
// and INTERNAL_MANAGED allow one port from 1 to 65535 (page "Forwarding rules overview", port
// specifications).
func checkPort(fr *compute.ForwardingRule) (string, *fault) {
	text := fr.PortRange
	if len(fr.Ports) > 0 {
		if text != "" || len(fr.Ports) > 1 {
			return "", invalid("resource.ports", strings.Join(fr.Ports, ","), "Exactly one port must be specified, by ports or by portRange.")
		}
		text = fr.Ports[0]
	}
	from, to, ranged := strings.Cut(text, "-")
	if ranged && from != to {
		return "", invalid("resource.portRange", text, "Application load balancers take a single port.")
	}
	n, err := strconv.Atoi(from)
	if err != nil || n < 1 || n > 65535 {
		return "", invalid("resource.portRange", text, "Must be a port from 1 to 65535.")
	}
	return strconv.Itoa(n), nil
}

// checkTarget checks the proxy of a rule, and that its backend services have the scheme of the
// rule.
func (ch *change) checkTarget(fr *compute.ForwardingRule) *fault {
	if fr.Target == "" {
		return required("resource.target")
	}
	proxy, err := ch.ref("resource.target", fr.Target, "targetHttpProxies", "targetHttpsProxies")
	if err != nil {
		return err
	}
	if proxy.key.scope != ch.key.scope {
		return invalid("resource.target", fr.Target, "The target must be in the scope of the forwarding rule.")
	}
	link, _ := proxy.doc["urlMap"].(string)
	k, _ := parseLink(link, ch.key.project)
	urlMap, ok := ch.server.state.effective(k)
	if !ok {
		return notFound(k.path())
	}
	if scheme := ch.server.state.schemeOf(urlMap); scheme != "" && scheme != fr.LoadBalancingScheme {
		return invalid("resource.loadBalancingScheme", fr.LoadBalancingScheme, "The backend services of the target have scheme "+scheme+".")
	}
	return nil
}

// checkRuleNetwork requires a proxy-only subnetwork in the network and region of a regional rule
// (page "Proxy-only subnets"). Global rules have no network.
func (ch *change) checkRuleNetwork(fr *compute.ForwardingRule) *fault {
	if ch.key.scope.level == global {
		if fr.Network != "" || fr.Subnetwork != "" {
			return invalid("resource.network", fr.Network, "Network must not be specified for global external forwarding rules.")
		}
		return nil
	}
	if fr.Network == "" {
		return required("resource.network")
	}
	if _, err := ch.ref("resource.network", fr.Network, "networks"); err != nil {
		return err
	}
	if fr.LoadBalancingScheme == "INTERNAL_MANAGED" {
		if err := checkSubnetOf(ch, fr.Network, fr.Subnetwork, "PRIVATE"); err != nil {
			return err
		}
	}
	for _, o := range ch.server.state.inside(ch.key.project, "subnetworks", func(s scope) bool { return s == ch.key.scope }) {
		if sub, ok := o.typed.(*compute.Subnetwork); ok && sub.Network == fr.Network && sub.Purpose == "REGIONAL_MANAGED_PROXY" && sub.Role == "ACTIVE" {
			return nil
		}
	}
	return invalid("resource.network", fr.Network, "An active proxy-only subnetwork is required in the same region and VPC as the forwarding rule.")
}

// assignAddress sets the address of a new rule: a reserved one, given by its URL or value, or the
// next free one. Other addresses are rejected. Unverified: the cloud may accept the address of
// another rule of the project.
func (ch *change) assignAddress(fr *compute.ForwardingRule) *fault {
	if ch.old != nil {
		return nil
	}
	if fr.IPAddress == "" {
		ip, err := ch.server.state.freeAddress(ch, fr.LoadBalancingScheme == "INTERNAL_MANAGED", fr.Subnetwork)
		ch.doc["IPAddress"] = ip
		return err
	}
	address, err := ch.reserved(fr.IPAddress)
	if err != nil {
		return err
	}
	a, _ := address.typed.(*compute.Address)
	internal := a.AddressType == "INTERNAL"
	if address.key.scope != ch.key.scope || internal != (fr.LoadBalancingScheme == "INTERNAL_MANAGED") {
		return invalid("resource.IPAddress", fr.IPAddress, "The address is of another scope or type than the forwarding rule.")
	}
	if internal && a.Purpose != "SHARED_LOADBALANCER_VIP" && ch.addressInUse(a.Address) {
		// Page "IP addresses", shared internal addresses: several rules need the purpose
		// SHARED_LOADBALANCER_VIP.
		return invalid("resource.IPAddress", fr.IPAddress, "Specified IP address is in-use and would result in a conflict.")
	}
	ch.doc["IPAddress"] = a.Address
	return nil
}

func (ch *change) addressInUse(ip string) bool {
	_, used := ch.server.state.addressUse(ch.key.project, ip)
	return used
}

// reserved returns a static address, given its URL or value.
func (ch *change) reserved(given string) (*object, *fault) {
	if _, err := netip.ParseAddr(given); err != nil {
		return ch.ref("resource.IPAddress", given, "addresses")
	}
	for _, o := range ch.server.state.inside(ch.key.project, "addresses", func(scope) bool { return true }) {
		if o.doc["address"] == given {
			return o, nil
		}
	}
	return nil, invalid("resource.IPAddress", given, "The specified IP address is not reserved.")
}

// checkCollision rejects a second rule with the same address and port.
func (ch *change) checkCollision(port string) *fault {
	for o := range ch.server.state.everything() {
		fr, ok := o.typed.(*compute.ForwardingRule)
		if !ok || o.key == ch.key || o.key.project != ch.key.project {
			continue
		}
		if fr.IPAddress == ch.doc["IPAddress"] && fr.PortRange == port+"-"+port && fr.Network == textOf(ch.doc["network"]) {
			return invalid("resource.IPAddress", fr.IPAddress, "Specified IP address is in-use and would result in a conflict.")
		}
	}
	return nil
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// frontAddress returns the address and port of a rule.
func frontAddress(fr *compute.ForwardingRule) string {
	port, _, _ := strings.Cut(fr.PortRange, "-")
	return net.JoinHostPort(fr.IPAddress, port)
}

// checkLabels checks that there are at most 64 labels, that keys and values have at most 63
// characters from lower case letters, digits, "_" and "-", and that keys start with a letter (page
// "Labels overview").
func checkLabels(labels map[string]string) *fault {
	if len(labels) > 64 {
		return invalid("resource.labels", len(labels), "At most 64 labels.")
	}
	for k, v := range labels {
		if k == "" || len(k) > 63 || len(v) > 63 || k[0] < 'a' || k[0] > 'z' || !labelText(k) || !labelText(v) {
			return invalid("resource.labels", k+"="+v, "Label keys and values must comply with the documented form.")
		}
	}
	return nil
}

func labelText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}
