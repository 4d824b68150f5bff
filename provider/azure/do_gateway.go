package azure

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// addressTries is how many addresses of a subnet are tried for a gateway.
const addressTries = 32

// createGateway returns the document of a new gateway, without parts. An internal gateway that
// names no address gets a free one of its subnet.
func (p *Provider) createGateway(ctx context.Context, name string, want *provider.Resource) (document, error) {
	d := p.emptyDocument(name, want)
	g, ok := want.Spec.(GatewaySpec)
	if !ok || g.Frontend != FrontendPrivate || g.PrivateAddress != "" {
		return d, nil
	}
	address, err := p.freeAddress(ctx, g.SubnetID)
	if err != nil {
		return nil, provider.WithKey(err, "find address", want.Key)
	}
	d.set("frontendIPConfigurations", "private", map[string]any{"privateIPAddress": address})
	return d, nil
}

func (p *Provider) emptyDocument(name string, want *provider.Resource) document {
	return document{
		"id":   fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/applicationGateways/%s", p.options.SubscriptionID, p.options.ResourceGroup, name),
		"name": name, "location": p.options.Location,
		"tags": map[string]any{tagCluster: p.options.ClusterID, tagLoadBalancer: string(want.Owner.LoadBalancer)},
		"properties": map[string]any{
			"sku":                     map[string]any{"name": "Standard_v2", "tier": "Standard_v2"},
			"autoscaleConfiguration":  map[string]any{"minCapacity": 0, "maxCapacity": 10},
			"enableHttp2":             true,
			"gatewayIPConfigurations": []any{}, "frontendIPConfigurations": []any{},
		},
	}
}

// adoptGateway returns the document of a gateway that exists, if it belongs to the load balancer.
func (p *Provider) adoptGateway(ctx context.Context, key provider.Key, lb model.ID) (document, error) {
	d, err := p.client.gateway(ctx, p.options.ResourceGroup, key.Name)
	if err == nil && !p.ownsFor(lb, key.Name, d.tags()) {
		return nil, provider.NotOwned("create", key)
	}
	return d, err
}

// updateGateway sets the subnet, the frontend and the tags of a gateway that the cluster owns.
func (p *Provider) updateGateway(d document, g GatewaySpec) {
	for k, v := range g.Tags {
		d.tags()[k] = v
	}
	d.set("gatewayIPConfigurations", "gateway", map[string]any{"subnet": map[string]any{"id": g.SubnetID}})
	if g.Frontend == FrontendPublic {
		d.set("frontendIPConfigurations", "public", map[string]any{"publicIPAddress": map[string]any{"id": g.PublicIP}})
		return
	}
	properties := map[string]any{"subnet": map[string]any{"id": g.SubnetID}, "privateIPAllocationMethod": "Static"}
	if g.PrivateAddress != "" {
		properties["privateIPAddress"] = g.PrivateAddress
	}
	d.set("frontendIPConfigurations", "private", properties)
}

func (w *documentWrite) deletesGateway() bool {
	return slices.ContainsFunc(w.batch.Ops, func(op provider.Op) bool { return op.Key.Kind == KindGateway && op.Action == provider.Delete })
}

// deleteGateway deletes the gateway and thereby all of its parts.
func (w *documentWrite) deleteGateway(ctx context.Context) {
	err := w.p.deleteGateway(ctx, w.key, w.loadBalancers()[0])
	for i, op := range w.batch.Ops {
		switch {
		case err != nil:
			w.outcomes[i] = failed(op.Key, provider.WithKey(err, "delete", w.key))
		case op.Action == provider.Delete:
			w.outcomes[i] = provider.Outcome{Key: op.Key, State: provider.Done}
		}
	}
}

// deleteGateway deletes a gateway, if it still belongs to the load balancer, and waits until it is
// gone.
func (p *Provider) deleteGateway(ctx context.Context, key provider.Key, lb model.ID) error {
	if ctx.Err() != nil {
		return contextError(ctx, "delete", key)
	}
	call, cancel := detached(ctx)
	defer cancel()
	if _, err := p.adoptGateway(call, key, lb); err != nil {
		if provider.IsCode(err, provider.NotFound) {
			return nil
		}
		return err
	}
	r, err := p.client.deleteGateway(call, p.options.ResourceGroup, key.Name)
	for n := 0; err == nil; n++ {
		if err = p.wait(ctx, r, n); err != nil {
			break
		}
		_, err = p.client.gateway(ctx, p.options.ResourceGroup, key.Name)
	}
	if provider.IsCode(err, provider.NotFound) {
		return nil
	}
	return err
}

// freeAddress returns the last free address of a subnet. Instances of gateways use addresses from
// its beginning (Application Gateway infrastructure configuration, size of the subnet).
func (p *Provider) freeAddress(ctx context.Context, subnetID string) (string, error) {
	network, _, _ := strings.Cut(subnetID, "/subnets/")
	subnet, err := p.client.send(ctx, http.MethodGet, subnetID, nil, nil)
	if err != nil {
		return "", err
	}
	properties := object(subnet.document, "properties")
	prefix, err := netip.ParsePrefix(firstText(text(properties, "addressPrefix"), texts(properties, "addressPrefixes")))
	if err != nil {
		return "", errorf(provider.Invalid, "find address", provider.Key{}, "subnet %s has no address prefix", subnetID)
	}
	ip := lastOf(prefix).Prev() // Azure reserves the last one
	for range addressTries {
		if !prefix.Contains(ip) {
			break
		}
		r, err := p.client.send(ctx, http.MethodGet, network+"/CheckIPAddressAvailability?ipAddress="+url.QueryEscape(ip.String()), nil, nil)
		if err != nil {
			return "", err
		}
		if flag(r.document, "available") {
			return ip.String(), nil
		}
		ip = ip.Prev()
	}
	return "", errorf(provider.Quota, "find address", provider.Key{}, "none of the last %d addresses of subnet %s is free: set an address, or use a larger subnet", addressTries, subnetID)
}

func firstText(one string, more []string) string {
	if one == "" && len(more) > 0 {
		return more[0]
	}
	return one
}

// lastOf returns the last address of a range.
func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}
