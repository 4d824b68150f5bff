package gcp

import (
	"context"
	"net/netip"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Health returns the health of the endpoints of each backend service. It has no endpoints for a
// service that nothing refers to, because the cloud does not check it.
func (p *Provider) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	out := map[provider.Key][]provider.EndpointHealth{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallelReads)
	for _, r := range have {
		if r.Key.Kind == KindBackendService {
			out[r.Key] = nil
		}
	}
	for _, r := range have {
		s, _ := r.Spec.(NetworkEndpointsSpec)
		service := serviceKey(r.Key)
		for _, z := range s.Zones {
			if z.Unused || len(z.Members) == 0 {
				continue
			}
			g.Go(func() error {
				list, err := p.client.groupHealth(ctx, service, z.Zone)
				if provider.IsCode(err, provider.NotFound) {
					return nil // deleted since it was observed
				}
				mu.Lock()
				defer mu.Unlock()
				out[service] = append(out[service], endpointHealth(list, z.Zone)...)
				return provider.WithKey(err, "get health", service)
			})
		}
	}
	return out, g.Wait()
}

func endpointHealth(list []endpointState, zone string) []provider.EndpointHealth {
	out := make([]provider.EndpointHealth, 0, len(list))
	for _, s := range list {
		address, err := netip.ParseAddr(s.endpoint.Address)
		if err != nil {
			continue // the API returns valid addresses only
		}
		h := provider.EndpointHealth{Healthy: s.state == "HEALTHY",
			Endpoint: model.Endpoint{Address: address, Port: s.endpoint.Port, Zone: zone, Node: s.endpoint.Instance, State: model.Ready}}
		if !h.Healthy {
			h.Reason = s.state
		}
		out = append(out, h)
	}
	return out
}
