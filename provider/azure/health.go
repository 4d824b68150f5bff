package azure

import (
	"context"
	"net/netip"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Health asks the gateways that the resources are on how they see their backends. The answer is by
// pool.
func (p *Provider) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	answer := map[provider.Key][]provider.EndpointHealth{}
	ports := map[string]int{}
	asked := map[string]bool{}
	for _, r := range have {
		if s, ok := r.Spec.(SettingsSpec); ok {
			ports[strings.ToLower(r.Key.Place+"/"+r.Key.Name)] = s.Port
		}
	}
	for _, r := range have {
		if r.Key.Kind != KindPool {
			continue
		}
		answer[r.Key] = nil
		asked[r.Key.Place] = true
	}
	for gateway := range asked {
		reply, err := p.backendHealth(ctx, gateway)
		if err != nil {
			return nil, named(err, "backendhealth", p.key(KindGateway, gateway, ""))
		}
		p.readHealth(reply, gateway, ports, answer)
	}
	return answer, nil
}

// backendHealth makes one enquiry and waits for its answer.
func (p *Provider) backendHealth(ctx context.Context, gateway string) (document, error) {
	r, err := p.client.beginHealth(ctx, p.options.ResourceGroup, gateway)
	for looks := 0; err == nil; looks++ {
		if r.document["backendAddressPools"] != nil {
			return r.document, nil
		}
		if r.location == "" {
			return nil, fail(provider.Unknown, "backendhealth", p.key(KindGateway, gateway, ""), "the reply says neither the health nor where to ask")
		}
		if err = p.wait(ctx, r, looks); err == nil {
			r, err = p.client.result(ctx, r.location)
		}
	}
	return nil, err
}

// readHealth reads the pools that are asked for, each with the settings of its own name.
func (p *Provider) readHealth(reply document, gateway string, ports map[string]int, answer map[provider.Key][]provider.EndpointHealth) {
	for _, pool := range objects(reply, "backendAddressPools") {
		name := refName(pool, "backendAddressPool")
		k := p.key(KindPool, name, gateway)
		if _, asked := answer[k]; !asked {
			continue
		}
		for _, settings := range objects(pool, "backendHttpSettingsCollection") {
			if !strings.EqualFold(refName(settings, "backendHttpSettings"), name) {
				continue
			}
			for _, server := range objects(settings, "servers") {
				if e, ok := endpointHealth(server, ports[strings.ToLower(gateway+"/"+name)]); ok {
					answer[k] = append(answer[k], e)
				}
			}
		}
	}
}

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

// endpointHealth reads one server. The API's words are Up, Down, Partial, Draining and Unknown;
// replies are also seen with Healthy and Unhealthy.
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
