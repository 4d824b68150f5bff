package gcp

import (
	"context"
	"errors"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// item is one resource as the cloud has it.
type item struct {
	key         provider.Key
	spec        any
	description string
	// address is the value of an address or forwarding rule.
	address string
	// fingerprint guards a change of it; empty for kinds that have none.
	fingerprint string
	// zones are those of the endpoint groups of a backend service.
	zones []string
}

// wish is a wanted resource on its way to the API.
type wish struct {
	key         provider.Key
	spec        any
	description string
	// address is what a forwarding rule is to take.
	address string
	// zones are those of the endpoint groups that a new backend service is to have.
	zones []string
}

// kindClient is what the API can do with one kind. Calls whose key has no place are for global
// resources, others for regional or zonal ones.
type kindClient interface {
	insert(ctx context.Context, w wish) error
	get(ctx context.Context, k provider.Key) (item, error)
	// update brings what is there now to what is wished; kinds that never change in place return
	// errImmutable.
	update(ctx context.Context, w wish, now item) error
	remove(ctx context.Context, k provider.Key) error
	// list returns those whose names match a filter; place is empty for global resources.
	list(ctx context.Context, place, filter string) ([]item, error)
}

// kind is the client for one kind; nil for endpoints, which are part of their group.
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

// as is the spec of a wish in its own type.
func as[T any](w wish) T {
	s, _ := w.spec.(T)
	return s
}

// beside is the full link of a resource in the same place as k.
func (c *Client) beside(k provider.Key, kind, name string) string {
	return linkRoot + "projects/" + c.project + "/" + scopePath(k.Place) + "/" + collection(kind) + "/" + name
}

// networkLink and subnetworkLink make links of names; what is a link already stays.
func (c *Client) networkLink(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return linkRoot + "projects/" + c.project + "/global/networks/" + name
}

func (c *Client) subnetworkLink(region, name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return linkRoot + "projects/" + c.project + "/regions/" + region + "/subnetworks/" + name
}

// short is the reverse of networkLink and subnetworkLink: a name where the project is this one.
func (c *Client) short(link string) string {
	if strings.Contains(link, "/projects/"+c.project+"/") {
		return lastPart(link)
	}
	return link
}

// zoneAndName reads the link of a zonal resource.
func zoneAndName(link string) (zone, name string) {
	parts := strings.Split(link, "/")
	if len(parts) < 3 {
		return "", link
	}
	return parts[len(parts)-3], parts[len(parts)-1]
}

// errImmutable is the answer of kinds that never change in place.
var errImmutable = errors.New("it cannot change in place")

// one converts what a get returned.
func one[T any](convert func(T) item) func(T, error) (item, error) {
	return func(v T, err error) (item, error) {
		if err != nil {
			return item{}, err
		}
		return convert(v), nil
	}
}

// pages collects all pages of a list call.
func pages[L, T any](ctx context.Context, walk func(context.Context, func(L) error) error, items func(L) []T, convert func(T) item) ([]item, error) {
	var out []item
	err := walk(ctx, func(page L) error {
		for _, v := range items(page) {
			out = append(out, convert(v))
		}
		return nil
	})
	return out, plainError(err)
}

// placeOf is the name of the region or zone in a link; empty for a global resource.
func placeOf(link string) string { return lastPart(link) }
