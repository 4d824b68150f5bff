package gcp

import (
	"context"
	"slices"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type negClient struct{ *Client }

func negItem(n *compute.NetworkEndpointGroup) item {
	return item{key: provider.Key{Kind: KindNetworkEndpointGroup, Name: n.Name, Place: placeOf(n.Zone)}, description: n.Description}
}

func (c negClient) insert(ctx context.Context, w desired) error {
	region := w.key.Place[:len(w.key.Place)-2]
	return write(ctx, c.Client, c.svc.NetworkEndpointGroups.Insert(c.project, w.key.Place, &compute.NetworkEndpointGroup{Name: w.key.Name,
		Description: w.description, NetworkEndpointType: "GCE_VM_IP_PORT", Network: c.networkLink(c.network), Subnetwork: c.subnetworkLink(region, c.subnetwork)}))
}

func (c negClient) get(ctx context.Context, k provider.Key) (item, error) {
	return convertOne(negItem)(read(ctx, c.svc.NetworkEndpointGroups.Get(c.project, k.Place, k.Name)))
}

func (negClient) update(context.Context, desired, item) error { return errImmutable }

func (c negClient) delete(ctx context.Context, k provider.Key) error {
	return write(ctx, c.Client, c.svc.NetworkEndpointGroups.Delete(c.project, k.Place, k.Name))
}

// list returns the groups in all zones.
func (c negClient) list(ctx context.Context, _, filter string) ([]item, error) {
	items := func(l *compute.NetworkEndpointGroupAggregatedList) []*compute.NetworkEndpointGroup {
		var out []*compute.NetworkEndpointGroup
		for _, inZone := range l.Items {
			out = append(out, inZone.NetworkEndpointGroups...)
		}
		return out
	}
	return listAll(ctx, c.svc.NetworkEndpointGroups.AggregatedList(c.project).Filter(filter).Pages, items, negItem)
}

// endpoints returns the endpoints of a group, sorted.
func (c *Client) endpoints(ctx context.Context, zone, name string) ([]NetworkEndpoint, error) {
	ctx, cancel := limited(ctx, listLimit)
	defer cancel()
	var out []NetworkEndpoint
	call := c.svc.NetworkEndpointGroups.ListNetworkEndpoints(c.project, zone, name, &compute.NetworkEndpointGroupsListEndpointsRequest{})
	err := call.Pages(ctx, func(page *compute.NetworkEndpointGroupsListNetworkEndpoints) error {
		for _, e := range page.Items {
			if e.NetworkEndpoint == nil {
				return badReply("network endpoint")
			}
			out = append(out, NetworkEndpoint{Instance: lastPart(e.NetworkEndpoint.Instance), Address: e.NetworkEndpoint.IpAddress, Port: int(e.NetworkEndpoint.Port)})
		}
		return nil
	})
	slices.SortFunc(out, compareEndpoints)
	return out, callError(err)
}

func endpointsOf(list []NetworkEndpoint) []*compute.NetworkEndpoint {
	out := make([]*compute.NetworkEndpoint, 0, len(list))
	for _, e := range list {
		out = append(out, &compute.NetworkEndpoint{Instance: e.Instance, IpAddress: e.Address, Port: int64(e.Port)})
	}
	return out
}

func (c *Client) attach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	return write(ctx, c, c.svc.NetworkEndpointGroups.AttachNetworkEndpoints(c.project, zone, name,
		&compute.NetworkEndpointGroupsAttachEndpointsRequest{NetworkEndpoints: endpointsOf(list)}))
}

func (c *Client) detach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	return write(ctx, c, c.svc.NetworkEndpointGroups.DetachNetworkEndpoints(c.project, zone, name,
		&compute.NetworkEndpointGroupsDetachEndpointsRequest{NetworkEndpoints: endpointsOf(list)}))
}
