package azure

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// addressTries is how many addresses of a subnet are tried for a gateway.
const addressTries = 32

// newGateway is the document of a gateway of ours. A private one that names no address gets a free
// one of its subnet.
func (p *Provider) newGateway(ctx context.Context, name string, want *provider.Resource) (document, error) {
	d := p.newDocument(name, want)
	g, ok := want.Spec.(GatewaySpec)
	if !ok || g.Frontend != FrontendPrivate || g.PrivateAddress != "" {
		return d, nil
	}
	address, err := p.freeAddress(ctx, g.SubnetID)
	if err != nil {
		return nil, named(err, "find address", want.Key)
	}
	d.set("frontendIPConfigurations", "private", map[string]any{"privateIPAddress": address})
	return d, nil
}

// freeAddress is the last free address of a subnet: instances of gateways take theirs from the
// beginning (Application Gateway infrastructure configuration, size of the subnet).
func (p *Provider) freeAddress(ctx context.Context, subnetID string) (string, error) {
	network, _, _ := strings.Cut(subnetID, "/subnets/")
	subnet, err := p.client.send(ctx, http.MethodGet, subnetID, nil, nil)
	if err != nil {
		return "", err
	}
	properties := object(subnet.document, "properties")
	prefix, err := netip.ParsePrefix(firstText(text(properties, "addressPrefix"), texts(properties, "addressPrefixes")))
	if err != nil {
		return "", fail(provider.Invalid, "find address", provider.Key{}, "subnet %s has no address prefix", subnetID)
	}
	ip := lastOf(prefix).Prev() // the last one is reserved
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
	return "", fail(provider.Quota, "find address", provider.Key{}, "subnet %s has no free address at its end", subnetID)
}

func firstText(one string, more []string) string {
	if one == "" && len(more) > 0 {
		return more[0]
	}
	return one
}

// lastOf is the last address of a range.
func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}
