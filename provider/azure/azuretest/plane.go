package azuretest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

// plane is the data plane of all gateways. It uses only the deployed documents.
type plane struct {
	options Options
	changed func()
	front   *dataplane.Front

	work sync.WaitGroup // draining pools
	life context.Context
	end  context.CancelFunc

	mu    sync.Mutex
	pools map[poolKey]*backend

	// routing separates changes of the documents from decisions on requests.
	routing sync.RWMutex
	sites   map[string]*siteHandler // by address
}

// poolKey identifies what is probed: "the required probes are determined based on the unique
// combination of the backend server and backend setting" (Application Gateway health probes
// overview).
type poolKey struct{ gateway, pool, settings string }

// backend is a pool of targets behind one set of backend settings.
type backend struct {
	pool    *dataplane.Pool
	secured atomic.Pointer[tls.Config] // nil for plain HTTP
}

func newPlane(o Options, changed func()) *plane {
	p := &plane{options: o, changed: changed, front: dataplane.NewFront(), pools: map[poolKey]*backend{}}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// follow makes the data plane serve these gateways and no others. Sockets and targets that stay
// retain their connections and health.
func (p *plane) follow(plans []plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	frontends := p.route(plans)
	if err := p.front.Set(frontends); err != nil && p.life.Err() == nil {
		panic(fmt.Sprintf("open loopback listeners: %v", err)) // not caused by a client
	}
}

// route replaces the sites, atomically, and returns the frontends to listen on.
func (p *plane) route(plans []plan) map[string]dataplane.Frontend {
	p.routing.Lock()
	defer p.routing.Unlock()
	wanted := map[poolKey]bool{}
	frontends := map[string]dataplane.Frontend{}
	p.sites = map[string]*siteHandler{}
	for _, g := range plans {
		for _, s := range g.compile() {
			h := &siteHandler{plan: g, socket: s, plane: p, backends: map[poolKey]*backend{}}
			for _, t := range s.targets() {
				if t.pool != "" {
					k := poolKey{key(g.id), t.pool, t.settings}
					if !wanted[k] {
						p.update(k, g.config)
					}
					wanted[k] = true
					h.backends[k] = p.pools[k]
				}
			}
			p.sites[s.address] = h
			frontends[s.address] = dataplane.Frontend{Handler: door{p, s.address}, TLS: serverTLS(g, s)}
		}
	}
	for k, b := range p.pools {
		if !wanted[k] {
			delete(p.pools, k)
			p.retire(b)
		}
	}
	return frontends
}

// update configures the pool of a combination as the document defines. It creates the pool if it is
// missing.
func (p *plane) update(k poolKey, config *gatewayConfig) {
	b, ok := p.pools[k]
	if !ok {
		b = new(backend)
		b.pool = dataplane.NewPool(dataplane.PoolOptions{Clock: p.options.Clock, Dial: b.dialer(p.options.Dial), OnChange: p.changed})
		p.pools[k] = b
	}
	settings := find(config.Properties.BackendHTTPSettingsCollection, k.settings)
	b.secured.Store(backendTLS(config, settings))
	check := checkOf(config, settings)
	check.Timeout = p.extend(check.Timeout)
	b.pool.Configure(dataplane.PoolConfig{Check: check, Draining: drainingOf(settings), FirstCheckOpens: true})
	b.pool.SetTargets(backendAddresses(find(config.Properties.BackendAddressPools, k.pool), settings.Port))
	b.pool.SetReferenced(true)
}

// retire drains a pool that no rule uses any more.
func (p *plane) retire(b *backend) {
	b.pool.SetTargets(nil)
	p.work.Go(func() {
		defer b.pool.Close()
		for {
			changed := b.pool.Changed()
			if len(b.pool.Health()) == 0 {
				return
			}
			select {
			case <-changed:
			case <-p.life.Done():
				return
			}
		}
	})
}

func (p *plane) close() {
	p.end()
	p.front.Close()
	p.mu.Lock()
	for _, b := range p.pools {
		b.pool.Close()
	}
	p.pools = nil
	p.mu.Unlock()
	p.work.Wait()
}

// minTimeout is the least real time until a reply of a backend or a probe times out, unless the
// timeout itself is shorter.
const minTimeout = 10 * time.Second

// extend extends a timeout on a fast clock, where a minute may be shorter than a reply takes on a
// loaded machine. The load must not look like a slow backend.
func (p *plane) extend(timeout time.Duration) time.Duration {
	actual := clock.Real(p.options.Clock, timeout)
	least := min(timeout, minTimeout)
	if actual <= 0 || actual >= least {
		return timeout
	}
	return time.Duration(float64(timeout) * float64(least) / float64(actual))
}

// drainingOf returns how long requests to a removed target may last: 30 seconds, or as the settings
// define (HTTP settings configuration, connection draining).
func drainingOf(s *backendSettings) time.Duration {
	if s.ConnectionDraining != nil && s.ConnectionDraining.Enabled {
		return time.Duration(s.ConnectionDraining.DrainTimeoutInSec) * time.Second
	}
	return 30 * time.Second
}

// dialer returns a dialer to targets, with TLS if the protocol of the settings is Https. It
// verifies certificates as the service does: against the trusted roots of the settings or else the
// well-known ones, for the host name of the settings (Overview of TLS termination and end to end
// TLS, v2 SKU).
func (b *backend) dialer(dial dataplane.Dialer) dataplane.Dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		secured := b.secured.Load()
		if err != nil || secured == nil {
			return conn, err
		}
		client := tls.Client(conn, secured)
		if err := client.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("connect to backend %s: %w", address, err), conn.Close())
		}
		return client, nil
	}
}

// backendTLS returns the TLS configuration for a backend with protocol Https, else nil. Unverified:
// that no certificate is valid if the settings have no host name.
func backendTLS(config *gatewayConfig, s *backendSettings) *tls.Config {
	if s.Protocol != "Https" {
		return nil
	}
	c := &tls.Config{ServerName: s.HostName, MinVersion: tls.VersionTLS12}
	if s.HostName == "" {
		c.ServerName = "host-name-missing.invalid"
	}
	if len(s.TrustedRoots) > 0 {
		c.RootCAs = x509.NewCertPool()
		for _, r := range s.TrustedRoots {
			addRoot(c.RootCAs, find(config.Properties.TrustedRootCertificates, r.name()).Data)
		}
	}
	return c
}

// addRoot adds a root in base 64, of either DER or PEM.
func addRoot(pool *x509.CertPool, data string) {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	if c, err := x509.ParseCertificate(raw); err == nil {
		pool.AddCert(c)
	}
}

// serverTLS returns the TLS configuration of a socket, with the certificates of its listeners.
func serverTLS(g plan, s socket) *tls.Config {
	if !s.tls {
		return nil
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if pair := g.certificateFor(s.site, hello.ServerName); pair != nil {
				return pair, nil
			}
			return nil, errors.New("no listener has a certificate for this name")
		},
	}
	return c
}

// certificateFor returns the certificate for a server name: that of the listener that serves it, or
// of the basic listener if there is no name, else of the first listener by the order of the rules
// (Overview of TLS termination and end to end TLS, SNI differences in the v1 and v2 SKU).
func (p plan) certificateFor(s site, serverName string) *tls.Certificate {
	chosen := &s.listeners[0]
	for i, l := range s.listeners {
		if serverName == "" && len(l.hosts) == 0 || serverName != "" && l.serves(serverName) {
			chosen = &s.listeners[i]
			break
		}
	}
	l := find(p.config.Properties.HTTPListeners, chosen.name)
	if c := p.certificates[l.SslCertificate.name()]; c != nil {
		return c.pair
	}
	return nil
}
