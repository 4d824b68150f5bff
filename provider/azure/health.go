package azure

import (
	"context"
	"net/netip"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Health reads the health of the backends from the gateways of the resources. The result is by
// pool.
func (p *Provider) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	health := map[provider.Key][]provider.EndpointHealth{}
	ports := map[string]int{}
	gateways := map[string]bool{}
	for _, r := range have {
		if s, ok := r.Spec.(SettingsSpec); ok {
			ports[strings.ToLower(r.Key.Place+"/"+r.Key.Name)] = s.Port
		}
	}
	for _, r := range have {
		if r.Key.Kind != KindPool {
			continue
		}
		health[r.Key] = nil
		gateways[r.Key.Place] = true
	}
	for gateway := range gateways {
		reply, err := p.backendHealth(ctx, gateway)
		if err != nil {
			return nil, provider.WithKey(err, "backendhealth", p.key(KindGateway, gateway, ""))
		}
		p.readHealth(reply, gateway, ports, health)
	}
	return health, nil
}

// backendHealth requests the health of a gateway's backends and waits for the result.
func (p *Provider) backendHealth(ctx context.Context, gateway string) (document, error) {
	r, err := p.client.beginHealth(ctx, p.options.ResourceGroup, gateway)
	for n := 0; err == nil; n++ {
		if r.document["backendAddressPools"] != nil {
			return r.document, nil
		}
		if r.location == "" {
			return nil, errorf(provider.Unknown, "backendhealth", p.key(KindGateway, gateway, ""), "the reply has neither a result nor a location for it")
		}
		if err = p.wait(ctx, r, n); err == nil {
			r, err = p.client.result(ctx, r.location)
		}
	}
	return nil, err
}

// readHealth adds the health of the servers to the pools that health contains. Only the settings of
// the pool's own name count.
func (p *Provider) readHealth(reply document, gateway string, ports map[string]int, health map[provider.Key][]provider.EndpointHealth) {
	for _, pool := range objects(reply, "backendAddressPools") {
		name := refName(pool, "backendAddressPool")
		k := p.key(KindPool, name, gateway)
		if _, wanted := health[k]; !wanted {
			continue
		}
		for _, settings := range objects(pool, "backendHttpSettingsCollection") {
			if !strings.EqualFold(refName(settings, "backendHttpSettings"), name) {
				continue
			}
			for _, server := range objects(settings, "servers") {
				if e, ok := endpointHealth(server, ports[strings.ToLower(gateway+"/"+name)]); ok {
					health[k] = append(health[k], e)
				}
			}
		}
	}
}

// objects returns the objects in a list.
func objects(m map[string]any, k string) []map[string]any {
	l, _ := m[k].([]any)
	all := make([]map[string]any, 0, len(l))
	for _, v := range l {
		if o, ok := v.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// endpointHealth reads one server. It reports false for a server without an address. The API
// documents Up, Down, Partial, Draining and Unknown; replies with Healthy and Unhealthy exist too.
func endpointHealth(server map[string]any, port int) (provider.EndpointHealth, bool) {
	address, err := netip.ParseAddr(text(server, "address"))
	if err != nil {
		return provider.EndpointHealth{}, false
	}
	word := text(server, "health")
	e := provider.EndpointHealth{Endpoint: model.Endpoint{Address: address, Port: port}}
	switch word {
	case "Up", "Healthy", "Partial":
		e.Healthy = true
	default:
		e.Reason = strings.TrimSpace(word + " " + text(server, "healthProbeLog"))
	}
	return e, true
}
