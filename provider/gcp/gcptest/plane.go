package gcptest

import (
	"crypto/tls"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

// plane is the data plane: the proxies of all load balancers. It reads only stored resources.
type plane struct {
	clock  clock.Clock
	dial   dataplane.Dialer
	change func()
	front  *dataplane.Front
	view   atomic.Pointer[view]

	// lag is the time until a proxy uses a new URL map.
	lag time.Duration

	mu       sync.Mutex
	versions map[string][]version // of the URL map of each address, in order of age
	pools    map[key]*dataplane.Pool
	handlers map[string]*frontHandler
	draining sync.WaitGroup
	closed   chan struct{}
}

// version is a URL map and the time from which the proxies use it.
type version struct {
	urlMap *object
	from   time.Time
}

// view is an immutable snapshot of the configuration of the proxies.
type view struct {
	fronts   map[string]*frontView
	services map[string]*serviceView
}

// frontView is one forwarding rule with its router.
type frontView struct {
	address string
	router  *router
	tls     *tls.Config
	urlMap  *object // the source of the router
}

// serviceView is one backend service with its pool.
type serviceView struct {
	source *compute.BackendService
	pool   *dataplane.Pool
	// inputs are the stored resources that determine the configuration of the pool.
	inputs []*object
}

func newPlane(c clock.Clock, dial dataplane.Dialer, change func()) *plane {
	p := &plane{clock: c, dial: dial, change: change, front: dataplane.NewFront(), pools: map[key]*dataplane.Pool{}, versions: map[string][]version{},
		handlers: map[string]*frontHandler{}, closed: make(chan struct{})}
	p.view.Store(&view{})
	return p
}

// follow configures the data plane from the stored resources, and reports whether a new URL map is
// not in use yet. The server must be locked.
func (p *plane) follow(s *state) (lagging bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := &view{fronts: map[string]*frontView{}, services: map[string]*serviceView{}}
	used := map[string]bool{}
	for _, o := range s.objects {
		if fr, ok := o.typed.(*compute.ForwardingRule); ok {
			p.addFront(s, v, fr, used)
		}
	}
	p.followPools(s, v, used)
	p.view.Store(v)
	p.release(s, used)
	p.followFronts(v)
	for address, versions := range p.versions {
		if v.fronts[address] == nil {
			delete(p.versions, address)
		}
		lagging = lagging || len(versions) > 1
	}
	return lagging
}

// inUse returns the URL map that the proxies of an address use now: the stored one, or an earlier
// one until the lag ends.
func (p *plane) inUse(address string, stored *object) *object {
	now := p.clock.Now()
	versions := p.versions[address]
	switch {
	case len(versions) == 0:
		versions = []version{{stored, now}}
	case versions[len(versions)-1].urlMap != stored:
		versions = append(versions, version{stored, now.Add(p.lag)})
	}
	for len(versions) > 1 && !versions[1].from.After(now) {
		versions = versions[1:]
	}
	p.versions[address] = versions
	return versions[0].urlMap
}

// addFront adds a forwarding rule to the view, and the services of its URL map to used.
func (p *plane) addFront(s *state, v *view, fr *compute.ForwardingRule, used map[string]bool) {
	f := &frontView{address: frontAddress(fr)}
	proxy := s.byLink(fr.Target)
	if proxy == nil {
		return
	}
	link := ""
	switch t := proxy.typed.(type) {
	case *compute.TargetHttpProxy:
		link = t.UrlMap
	case *compute.TargetHttpsProxy:
		link, f.tls = t.UrlMap, s.tlsOf(t)
	}
	m := s.byLink(link)
	if m == nil {
		return
	}
	for _, link := range m.links {
		used[link] = true
	}
	m = p.inUse(f.address, m)
	f.urlMap = m
	if last := p.view.Load().fronts[f.address]; last != nil && last.urlMap == m {
		f.router = last.router
	} else {
		urlMap, _ := m.typed.(*compute.UrlMap)
		f.router = newRouter(urlMap)
	}
	for _, link := range m.links {
		used[link] = true
	}
	v.fronts[f.address] = f
}

func (s *state) byLink(link string) *object {
	k, _ := parseLink(link, "")
	return s.objects[k]
}

// tlsOf returns the TLS configuration of a proxy: the certificate that matches the SNI, else the
// first (page "SSL certificates overview", certificate selection), and the minimum version of the
// policy.
func (s *state) tlsOf(t *compute.TargetHttpsProxy) *tls.Config {
	config := &tls.Config{MinVersion: minVersion(nil), NextProtos: []string{"h2", "http/1.1"}}
	if o := s.byLink(t.SslPolicy); o != nil {
		policy, _ := o.typed.(*compute.SslPolicy)
		config.MinVersion = minVersion(policy)
	}
	for _, link := range t.SslCertificates {
		if o := s.byLink(link); o != nil && o.certificate != nil {
			config.Certificates = append(config.Certificates, *o.certificate)
		}
	}
	config.GetCertificate = chooseCertificate(config.Certificates)
	return config
}

func chooseCertificate(all []tls.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		for i := range all {
			if hello.ServerName != "" && all[i].Leaf.VerifyHostname(hello.ServerName) == nil {
				return &all[i], nil
			}
		}
		return &all[0], nil
	}
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

// followFronts opens and closes listeners according to the view.
func (p *plane) followFronts(v *view) {
	want := map[string]dataplane.Frontend{}
	handlers := map[string]*frontHandler{}
	for address, f := range v.fronts {
		h := p.handlers[address]
		if h == nil {
			h = &frontHandler{plane: p, address: address}
		}
		handlers[address] = h
		want[address] = dataplane.Frontend{Handler: h, TLS: f.tls}
	}
	p.handlers = handlers
	// If a listener cannot be opened, clients see that connections are refused.
	_ = p.front.Set(want)
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

func (p *plane) close() {
	p.front.Close()
	close(p.closed)
	p.draining.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pool := range p.pools {
		pool.Close()
	}
}
