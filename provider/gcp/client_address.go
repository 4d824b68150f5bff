package gcp

import (
	"context"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

type addressClient struct{ *Client }

func (c addressClient) item(a *compute.Address) item {
	spec := AddressSpec{Internal: a.AddressType == "INTERNAL"}
	if spec.Internal {
		spec.Subnetwork = c.short(a.Subnetwork)
	}
	return item{key: provider.Key{Kind: KindAddress, Name: a.Name, Place: placeOf(a.Region)}, spec: spec, description: a.Description, address: a.Address}
}

func (c addressClient) insert(ctx context.Context, w desired) error {
	a := &compute.Address{Name: w.key.Name, Description: w.description}
	if w.key.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalAddresses.Insert(c.project, a))
	}
	if s := specOf[AddressSpec](w); s.Internal {
		// The forwarding rules of all ports share the address (page "IP addresses", shared internal
		// IP addresses).
		a.AddressType, a.Purpose, a.Subnetwork = "INTERNAL", "SHARED_LOADBALANCER_VIP", c.subnetworkLink(w.key.Place, s.Subnetwork)
	}
	return write(ctx, c.Client, c.svc.Addresses.Insert(c.project, w.key.Place, a))
}

func (c addressClient) get(ctx context.Context, k provider.Key) (item, error) {
	if k.Place == "" {
		return convertOne(c.item)(read(ctx, c.svc.GlobalAddresses.Get(c.project, k.Name)))
	}
	return convertOne(c.item)(read(ctx, c.svc.Addresses.Get(c.project, k.Place, k.Name)))
}

func (addressClient) update(context.Context, desired, item) error { return errImmutable }

func (c addressClient) delete(ctx context.Context, k provider.Key) error {
	if k.Place == "" {
		return write(ctx, c.Client, c.svc.GlobalAddresses.Delete(c.project, k.Name))
	}
	return write(ctx, c.Client, c.svc.Addresses.Delete(c.project, k.Place, k.Name))
}

func (c addressClient) list(ctx context.Context, place, filter string) ([]item, error) {
	items := func(l *compute.AddressList) []*compute.Address { return l.Items }
	if place == "" {
		return listAll(ctx, c.svc.GlobalAddresses.List(c.project).Filter(filter).Pages, items, c.item)
	}
	return listAll(ctx, c.svc.Addresses.List(c.project, place).Filter(filter).Pages, items, c.item)
}
