package gcptest

import (
	"crypto/tls"
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
