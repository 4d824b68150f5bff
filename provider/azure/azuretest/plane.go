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

// plane is the data plane of all gateways. It knows nothing but the documents that have been
// deployed.
type plane struct {
	options Options
	changed func()
	front   *dataplane.Front

	work sync.WaitGroup // pools that drain
	life context.Context
	end  context.CancelFunc

	mu    sync.Mutex
	pools map[poolKey]*backend

	// routing keeps a change of the documents and the decisions on requests apart.
	routing sync.RWMutex
	sites   map[string]*siteHandler // by address
}

// poolKey names what is probed: "the required probes are determined based on the unique combination
// of the backend server and backend setting" (Application Gateway health probes overview).
type poolKey struct{ gateway, pool, settings string }

// backend is a pool of targets behind one set of backend settings.
type backend struct {
	pool    *dataplane.Pool
	secured atomic.Pointer[tls.Config] // nil: plain HTTP
}

func newPlane(o Options, changed func()) *plane {
	p := &plane{options: o, changed: changed, front: dataplane.NewFront(), pools: map[poolKey]*backend{}}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// follow makes the data plane run these gateways and no others. Sockets and targets that stay keep
// their connections and health.
func (p *plane) follow(plans []plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	frontends := p.route(plans)
	if err := p.front.Set(frontends); err != nil && p.life.Err() == nil {
		panic(fmt.Sprintf("open loopback listeners: %v", err)) // nothing that a client did
	}
}

// route changes where requests go, at one moment for all, and returns what is to be listened on.
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

// update gives the pool of a combination the settings of this document. It is made if it is
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
	check.Timeout = p.patience(check.Timeout)
	b.pool.Configure(dataplane.PoolConfig{Check: check, Draining: drainingOf(settings), FirstCheckOpens: true})
	b.pool.SetTargets(backendAddresses(find(config.Properties.BackendAddressPools, k.pool), settings.Port))
	b.pool.SetReferenced(true)
}

// retire lets the requests in flight of a pool that no rule uses any more drain.
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

// leastPatience is the least real time that a backend gets for a reply or to answer a probe, unless
// the timeout is less in its own time.
const leastPatience = 10 * time.Second

// patience stretches a timeout on a fast clock: what a minute shrinks to is less than a loaded
// machine may take for a reply, and its load must not look like a slow backend.
func (p *plane) patience(timeout time.Duration) time.Duration {
	took := clock.Real(p.options.Clock, timeout)
	least := min(timeout, leastPatience)
	if took <= 0 || took >= least {
		return timeout
	}
	return time.Duration(float64(timeout) * float64(least) / float64(took))
}

// drainingOf is how long a removed target keeps its requests: 30 seconds unless the settings say
// otherwise (HTTP settings configuration, connection draining).
func drainingOf(s *backendSettings) time.Duration {
	if s.ConnectionDraining != nil && s.ConnectionDraining.Enabled {
		return time.Duration(s.ConnectionDraining.DrainTimeoutInSec) * time.Second
	}
	return 30 * time.Second
}

// dialer connects to targets, with TLS where the settings say Https. The certificate is verified as
// the service does: against the trusted roots of the settings or else the well-known ones, for the
// host name of the settings (Overview of TLS termination and end to end TLS, v2 SKU).
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

// backendTLS is how a backend with protocol Https is reached. Unverified: without a host name in
// the settings nothing verifies here.
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

// addRoot adds a root in base 64, either of DER or of PEM.
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

// serverTLS terminates TLS with the certificates of a socket's listeners.
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
			return nil, errors.New("no certificate for this name")
		},
	}
	return c
}

// certificateFor chooses by server name: the listener that serves it; without a name the basic
// listener; else the first listener in the order of its rule (Overview of TLS termination and end
// to end TLS, SNI differences in the v1 and v2 SKU).
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
