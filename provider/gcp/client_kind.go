package gcp

import (
	"context"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// item is one resource as the API returns it.
type item struct {
	key         provider.Key
	spec        any
	description string
	// address is the IP address of an address or a forwarding rule.
	address string
	// fingerprint must accompany a change. It is empty for kinds without one.
	fingerprint string
	// zones are those of the endpoint groups of a backend service.
	zones []string
}

// desired is one resource to create, or to update an item to.
type desired struct {
	key         provider.Key
	spec        any
	description string
	// address is the IP address or link that a new forwarding rule uses.
	address string
	// zones are those of the endpoint groups of a new backend service.
	zones []string
}

// kindClient calls the API for one kind. A key without a place names a global resource, others a
// regional or zonal one.
type kindClient interface {
	insert(ctx context.Context, w desired) error
	get(ctx context.Context, k provider.Key) (item, error)
	// update changes the resource from now to w. Kinds that cannot change in place return
	// errImmutable.
	update(ctx context.Context, w desired, now item) error
	delete(ctx context.Context, k provider.Key) error
	// list returns the resources whose names match a filter. place is empty for global resources.
	list(ctx context.Context, place, filter string) ([]item, error)
}

// kind returns the client for one kind. It is nil for network endpoints, which belong to their
// group.
func (c *Client) kind(name string) kindClient {
	switch name {
	case KindAddress:
		return addressClient{c}
	case KindBackendService:
		return backendServiceClient{c}
	case KindSSLCertificate:
		return certificateClient{c}
	case KindForwardingRule:
		return forwardingRuleClient{c}
	case KindHealthCheck:
		return healthCheckClient{c}
	case KindTargetHTTPProxy:
		return httpProxyClient{c}
	case KindTargetHTTPSProxy:
		return httpsProxyClient{c}
	case KindNetworkEndpointGroup:
		return negClient{c}
	case KindSSLPolicy:
		return sslPolicyClient{c}
	case KindURLMap:
		return urlMapClient{c}
	default:
		return nil
	}
}

// specOf returns the spec of w, or the zero value if w has another kind.
func specOf[T any](w desired) T {
	s, _ := w.spec.(T)
	return s
}

// link returns the full URL of a resource.
func (c *Client) link(place, kind, name string) string {
	return linkTo(c.project, place, collection(kind), name)
}

// networkLink returns the link of a network, given its name or link.
func (c *Client) networkLink(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return linkTo(c.project, "", "networks", name)
}

// subnetworkLink returns the link of a subnetwork, given its name or link.
func (c *Client) subnetworkLink(region, name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return linkTo(c.project, region, "subnetworks", name)
}

// short is the reverse of subnetworkLink: it returns the name alone if the project is the client's.
func (c *Client) short(link string) string {
	return shortest(link, target{project: c.project, collection: "subnetworks"})
}

// zoneAndName returns the zone and the name in the link of a zonal resource.
func zoneAndName(link string) (zone, name string) {
	parts := strings.Split(link, "/")
	if len(parts) < 3 {
		return "", link
	}
	return parts[len(parts)-3], parts[len(parts)-1]
}

// convertOne converts the result of a get.
func convertOne[T any](convert func(T) item) func(T, error) (item, error) {
	return func(v T, err error) (item, error) {
		if err != nil {
			return item{}, err
		}
		out := convert(v)
		if out.key.Name == "" {
			return item{}, badReply("name of the resource")
		}
		return out, nil
	}
}

// listAll converts the items of all pages of a list call.
func listAll[L, T any](ctx context.Context, walk func(context.Context, func(L) error) error, items func(L) []T, convert func(T) item) ([]item, error) {
	ctx, cancel := limited(ctx, listLimit)
	defer cancel()
	var out []item
	err := walk(ctx, func(page L) error {
		for _, v := range items(page) {
			out = append(out, convert(v))
		}
		return nil
	})
	return out, callError(err)
}

// placeOf returns the region or zone that a link names. It is empty for a global resource.
func placeOf(link string) string { return lastPart(link) }
