package gcptest

import (
	"maps"
	"slices"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// serviceView is one backend service with its pool.
type serviceView struct {
	source *compute.BackendService
	pool   *dataplane.Pool
	// inputs are the stored resources that determine the configuration of the pool.
	inputs []*object
}

// followPools creates and configures the pool of each backend service.
func (p *plane) followPools(s *state, v *view, used map[string]bool) {
	for k, o := range s.objects {
		b, ok := o.typed.(*compute.BackendService)
		if !ok {
			continue
		}
		pool := p.pools[k]
		if pool == nil {
			pool = dataplane.NewPool(dataplane.PoolOptions{Clock: p.clock, Dial: p.dial, OnChange: p.change})
			p.pools[k] = pool
		}
		link := k.link()
		sv := &serviceView{source: b, pool: pool, inputs: s.inputsOf(o)}
		if last := p.view.Load().services[link]; last == nil || last.pool != pool || !slices.Equal(last.inputs, sv.inputs) {
			pool.Configure(s.poolConfig(b))
			pool.SetTargets(s.targetsOf(b))
		}
		if used[link] {
			pool.SetReferenced(true)
		}
		v.services[link] = sv
	}
}

// release stops the checks of unreferenced backend services, and drains deleted ones. It follows
// the new view, because requests with the old view still use their pools.
func (p *plane) release(s *state, used map[string]bool) {
	for k, pool := range p.pools {
		if _, ok := s.objects[k]; !ok {
			delete(p.pools, k)
			p.retire(pool)
		} else if !used[k.link()] {
			pool.SetReferenced(false)
		}
	}
}

// inputsOf returns the resources that determine the pool of a backend service. A change replaces a
// stored resource, so that equal inputs mean an equal pool.
func (s *state) inputsOf(service *object) []*object {
	out := make([]*object, 0, 1+len(service.links))
	out = append(out, service)
	for _, link := range service.links {
		out = append(out, s.byLink(link))
	}
	return out
}

// poolConfig returns the configuration of the pool of a backend service. Unverified: the healthy
// threshold applies to new endpoints too, which is the stricter choice.
func (s *state) poolConfig(b *compute.BackendService) dataplane.PoolConfig {
	c := dataplane.PoolConfig{}
	if d := b.ConnectionDraining; d != nil {
		c.Draining = time.Duration(d.DrainingTimeoutSec) * time.Second
	}
	for _, link := range b.HealthChecks {
		if o := s.byLink(link); o != nil {
			h, _ := o.typed.(*compute.HealthCheck)
			c.Check = checkOf(h)
		}
	}
	return c
}

// targetsOf returns the endpoints of a backend service, except those of groups with capacity scaler
// 0.
func (s *state) targetsOf(b *compute.BackendService) []string {
	seen := map[string]bool{}
	for _, backend := range b.Backends {
		k, _ := parseLink(backend.Group, "")
		neg := s.objects[k]
		if neg == nil || backend.CapacityScaler == 0 {
			continue
		}
		for _, e := range neg.endpoints {
			seen[endpointAddress(e)] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// retire drains the pool of a deleted service, and then closes it.
func (p *plane) retire(pool *dataplane.Pool) {
	pool.SetTargets(nil)
	p.draining.Go(func() {
		defer pool.Close()
		for {
			changed := pool.Changed()
			if len(pool.Health()) == 0 {
				return
			}
			select {
			case <-changed:
			case <-p.closed:
				return
			}
		}
	})
}

// health returns the health of the endpoints of a backend service.
func (p *plane) health(service key) map[string]dataplane.Health {
	p.mu.Lock()
	pool := p.pools[service]
	p.mu.Unlock()
	if pool == nil {
		return nil
	}
	return pool.Health()
}
