package gcp

import (
	"context"

	"github.com/headgate-io/headgate/provider"
)

// forwardingRuleAddress returns the address of a new forwarding rule: the one that the user named,
// or the load balancer's own static address.
func forwardingRuleAddress(r *provider.Resource, s ForwardingRuleSpec, have lookup) (string, error) {
	if s.Static != "" {
		return s.Static, nil
	}
	for _, k := range r.Needs {
		if k.Kind != KindAddress {
			continue
		}
		if a, ok := have(k); ok && len(a.Output.Addresses) > 0 {
			return a.Output.Addresses[0], nil
		}
	}
	return "", &provider.Error{Code: provider.NotFound, Op: "create", Key: r.Key, Err: errAddress}
}

// assignedAddress returns the IP address of a new resource. It reads an address, and a forwarding
// rule whose address the user named. Other kinds have none.
func (p *Provider) assignedAddress(ctx context.Context, w desired) (string, error) {
	switch s := w.spec.(type) {
	case AddressSpec:
	case ForwardingRuleSpec:
		if s.Static == "" {
			return w.address, nil
		}
	default:
		return "", nil
	}
	it, err := p.client.kind(w.key.Kind).get(ctx, w.key)
	return it.address, err
}
