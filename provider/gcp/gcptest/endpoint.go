package gcptest

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"google.golang.org/api/compute/v1"
)

// endpointAddress returns the address of an endpoint in the data plane.
func endpointAddress(e *compute.NetworkEndpoint) string {
	return net.JoinHostPort(e.IpAddress, strconv.FormatInt(e.Port, 10))
}

// sameEndpoint reports whether a and b have the same instance, address and port, which identify an
// endpoint.
func sameEndpoint(a, b *compute.NetworkEndpoint) bool {
	return a.Instance == b.Instance && a.IpAddress == b.IpAddress && a.Port == b.Port
}

// attachEndpoints adds endpoints. Attaching an endpoint again has no effect (mocks of the
// Kubernetes controllers; the reference does not specify it).
func attachEndpoints(c *custom) (any, *fault) {
	request, err := body[compute.NetworkEndpointGroupsAttachEndpointsRequest](c)
	if err != nil {
		return nil, err
	}
	added, err := c.endpoints(request.NetworkEndpoints)
	if err != nil {
		return nil, err
	}
	fresh := slices.DeleteFunc(slices.Clone(added), func(e *compute.NetworkEndpoint) bool { return hasEndpoint(c.old.endpoints, e) })
	if len(c.old.endpoints)+len(fresh) > maxEndpoints {
		return nil, &fault{status: 400, reason: "limitExceeded", message: fmt.Sprintf("Exceeded limit '%d' on resource '%s'.", maxEndpoints, c.old.key.path())}
	}
	return c.changeEndpoints(func(have []*compute.NetworkEndpoint) []*compute.NetworkEndpoint {
		for _, e := range added {
			if !hasEndpoint(have, e) {
				have = append(have, e)
			}
		}
		return have
	}), nil
}

// detachEndpoints removes endpoints. One that is not attached fails the whole call (mocks of the
// Kubernetes controllers). Unverified: the status is 404.
func detachEndpoints(c *custom) (any, *fault) {
	request, err := body[compute.NetworkEndpointGroupsDetachEndpointsRequest](c)
	if err != nil {
		return nil, err
	}
	removed, err := c.endpoints(request.NetworkEndpoints)
	if err != nil {
		return nil, err
	}
	for _, e := range removed {
		if !hasEndpoint(c.old.endpoints, e) {
			return nil, notFound(c.old.key.path() + "/networkEndpoints/" + e.Instance + "/" + endpointAddress(e))
		}
	}
	return c.changeEndpoints(func(have []*compute.NetworkEndpoint) []*compute.NetworkEndpoint {
		return slices.DeleteFunc(have, func(e *compute.NetworkEndpoint) bool { return hasEndpoint(removed, e) })
	}), nil
}

func hasEndpoint(list []*compute.NetworkEndpoint, e *compute.NetworkEndpoint) bool {
	return slices.ContainsFunc(list, func(x *compute.NetworkEndpoint) bool { return sameEndpoint(x, e) })
}

// changeEndpoints starts an operation on the endpoints. Several may be in flight for one NEG. Each
// changes the endpoints that exist when it ends.
func (c *custom) changeEndpoints(edit func(have []*compute.NetworkEndpoint) []*compute.NetworkEndpoint) any {
	s, k := c.server, c.old.key
	op := s.newOperation(c.call, k, c.old.doc["id"])
	s.state.shared[k]++
	s.startShared(op, func() {
		o := *s.state.objects[k]
		o.endpoints = edit(slices.Clone(o.endpoints))
		s.state.objects[k] = &o
	})
	return op.document(false)
}

// endpoints checks the endpoints of a request and returns them in full form.
func (c *custom) endpoints(list []*compute.NetworkEndpoint) ([]*compute.NetworkEndpoint, *fault) {
	if len(list) == 0 {
		return nil, required("networkEndpoints")
	}
	if len(list) > maxEndpointsPerCall {
		return nil, invalid("networkEndpoints", len(list), fmt.Sprintf("At most %d endpoints may be specified.", maxEndpointsPerCall))
	}
	neg, _ := c.old.typed.(*compute.NetworkEndpointGroup)
	out := make([]*compute.NetworkEndpoint, 0, len(list))
	for i, e := range list {
		full, err := c.endpoint(fmt.Sprintf("networkEndpoints[%d]", i), *e, neg)
		if err != nil {
			return nil, err
		}
		if hasEndpoint(out, full) {
			return nil, invalid(fmt.Sprintf("networkEndpoints[%d]", i), endpointAddress(full), "Duplicate network endpoint in the request.")
		}
		out = append(out, full)
	}
	return out, nil
}

// endpoint checks one endpoint. It needs an instance in the zone of the NEG, an internal IPv4
// address of this instance, and a port.
func (c *custom) endpoint(at string, e compute.NetworkEndpoint, neg *compute.NetworkEndpointGroup) (*compute.NetworkEndpoint, *fault) {
	if e.Ipv6Address != "" || e.Fqdn != "" || e.ClientDestinationPort != 0 {
		return nil, notEmulated(at)
	}
	if e.Instance == "" {
		return nil, required(at + ".instance")
	}
	name, err := c.instance(at, e.Instance)
	if err != nil {
		return nil, err
	}
	e.Instance = key{project: c.old.key.project, scope: c.old.key.scope, collection: "instances", name: name}.link()
	if e.Port == 0 {
		e.Port = neg.DefaultPort
	}
	if e.Port < 1 || e.Port > 65535 {
		return nil, invalid(at+".port", e.Port, "")
	}
	if e.IpAddress == "" {
		return nil, notEmulated(at + ".ipAddress (empty)")
	}
	return &e, c.address(at, name, e.IpAddress)
}

// instance returns the name of an instance, given its name or URL. It must be in the zone of the
// NEG.
func (c *custom) instance(at, given string) (string, *fault) {
	name := given
	if k, ok := parseLink(given, c.old.key.project); ok {
		if k.collection != "instances" || k.scope != c.old.key.scope || k.project != c.old.key.project {
			return "", invalid(at+".instance", given, "The instance must be in the same zone as the network endpoint group.")
		}
		name = k.name
	}
	if !validName(name) {
		return "", invalid(at+".instance", given, "")
	}
	k := key{project: c.old.key.project, scope: c.old.key.scope, collection: "instances", name: name}
	if _, ok := c.server.state.objects[k]; !ok && c.server.options.Instances != nil {
		return "", notFound(k.path())
	}
	return name, nil
}

// address checks that an address is private. If the instances are configured, it must be the
// address of the instance or in one of its alias ranges (reference of NetworkEndpoint.ipAddress).
func (c *custom) address(at, instance, text string) *fault {
	ip, err := netip.ParseAddr(text)
	if err != nil || !ip.Is4() {
		return invalid(at+".ipAddress", text, "Must be an IPv4 address.")
	}
	if ip.IsLoopback() && c.server.options.LoopbackTargets {
		return nil
	}
	if !privateAddress(ip) {
		return invalid(at+".ipAddress", text, "The IP address must belong to the instance.")
	}
	for _, in := range c.server.options.Instances {
		if in.Name == instance && in.Zone == c.old.key.scope.place && !in.hasAddress(ip) {
			return invalid(at+".ipAddress", text, "The IP address is neither the instance's nor in an alias IP range of it.")
		}
	}
	return nil
}

func (in Instance) hasAddress(ip netip.Addr) bool {
	if in.Address == ip.String() {
		return true
	}
	return slices.ContainsFunc(in.AliasRanges, func(r string) bool {
		prefix, err := netip.ParsePrefix(r)
		return err == nil && prefix.Contains(ip)
	})
}

// privateAddress reports whether a subnetwork can contain an address: RFC 1918, RFC 6598, or
// 240.0.0.0/4 of RFC 5735 (page "Subnets", valid IPv4 ranges). Privately used public addresses are
// not emulated.
func privateAddress(ip netip.Addr) bool {
	return ip.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip) || netip.MustParsePrefix("240.0.0.0/4").Contains(ip)
}
