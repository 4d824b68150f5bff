package fake

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// plane is the data plane: it serves real requests with the stored listeners, and checks health.
type plane struct {
	options CloudOptions
	front   *dataplane.Front
	table   atomic.Pointer[table]
	turn    atomic.Uint64 // for weights

	mu           sync.Mutex
	pools        map[provider.Key]*dataplane.Pool
	certificates map[provider.Key]*tls.Certificate

	targets map[provider.Key][]string // of each pool
}

// table is the state that the data plane serves. It is immutable and is replaced as a whole.
type table struct {
	listeners map[string]*listener // by address and port
	groups    map[provider.Key]GroupSpec
	pools     map[provider.Key]*dataplane.Pool
}

// listener is a listener with its rules by priority.
type listener struct {
	spec         ListenerSpec
	rules        []RuleSpec
	certificates []*tls.Certificate
}

func newPlane(o CloudOptions) *plane {
	p := &plane{options: o, front: dataplane.NewFront(), pools: map[provider.Key]*dataplane.Pool{}, certificates: map[provider.Key]*tls.Certificate{}}
	p.table.Store(&table{})
	return p
}

func (p *plane) close() {
	p.front.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pool := range p.pools {
		pool.Close()
	}
}

// Dial connects to the data plane at an address of a load balancer.
func (c *Cloud) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.plane == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errNoPlane}
	}
	return c.plane.front.Dial(ctx, network, address)
}

var (
	errNoPlane       = errors.New("the cloud has no data plane")
	errNoCertificate = errors.New("the listener has no certificate")
)

// follow updates the data plane to the state. The caller has locked the cloud.
func (c *Cloud) follow() {
	if c.plane != nil {
		c.plane.follow(c.objects, c.referred)
	}
}

// follow adds targets before it replaces the table, and removes others afterwards, so that the
// group that a request was routed to still exists and has its members.
func (p *plane) follow(objects map[provider.Key]object, referred func(provider.Key) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &table{listeners: p.listeners(objects), groups: map[provider.Key]GroupSpec{}, pools: map[provider.Key]*dataplane.Pool{}}
	targets := map[provider.Key][]string{}
	for k, o := range objects {
		if g, ok := o.spec.(GroupSpec); ok {
			members, _ := objects[membersKey(k)].spec.(MembersSpec)
			targets[k] = addresses(members)
			t.groups[k], t.pools[k] = g, p.pool(k, g)
			p.pools[k].SetTargets(slices.Concat(p.targets[k], targets[k]))
			if referred(k) {
				p.pools[k].SetReferenced(true)
			}
		}
	}
	p.table.Store(t)
	// without a free port on loopback, the first request fails
	_ = p.front.Set(p.frontends(t))
	for k, pool := range p.pools {
		if t.pools[k] == nil {
			pool.Close()
			delete(p.pools, k)
			continue
		}
		pool.SetTargets(targets[k])
		pool.SetReferenced(referred(k))
	}
	p.targets = targets
}

func addresses(s MembersSpec) []string {
	out := make([]string, len(s.Members))
	for i, m := range s.Members {
		out[i] = m.Address.String()
	}
	return out
}

// pool returns the configured pool of a group.
func (p *plane) pool(k provider.Key, g GroupSpec) *dataplane.Pool {
	pool := p.pools[k]
	if pool == nil {
		pool = dataplane.NewPool(dataplane.PoolOptions{Clock: p.options.Clock, Dial: p.options.Dial})
		p.pools[k] = pool
	}
	h := g.Health
	pool.Configure(dataplane.PoolConfig{Draining: g.Draining, Check: dataplane.Check{
		Protocol: strings.ToLower(string(h.Protocol)), Port: h.Port, Path: h.Path, Host: h.Host, Interval: h.Interval, Timeout: h.Timeout,
		Healthy: h.Healthy, Unhealthy: h.Unhealthy, OK: func(status int) bool { return status >= h.Statuses.From && status <= h.Statuses.To },
	}})
	return pool
}

func (p *plane) listeners(objects map[provider.Key]object) map[string]*listener {
	byAddress := map[string]*listener{}
	byKey := map[provider.Key]*listener{}
	for k, o := range objects {
		l, ok := o.spec.(ListenerSpec)
		if !ok {
			continue
		}
		e := &listener{spec: l}
		for _, c := range l.Certificates {
			e.certificates = append(e.certificates, p.certificate(c, objects[c].spec))
		}
		byKey[k] = e
		byAddress[net.JoinHostPort(objects[l.LoadBalancer].address, strconv.Itoa(l.Port))] = e
	}
	for _, o := range objects {
		if r, ok := o.spec.(RuleSpec); ok {
			byKey[r.Listener].rules = append(byKey[r.Listener].rules, r)
		}
	}
	for _, e := range byKey {
		slices.SortFunc(e.rules, func(a, b RuleSpec) int { return cmp.Compare(a.Priority, b.Priority) })
	}
	return byAddress
}

// certificate parses a certificate once.
func (p *plane) certificate(k provider.Key, spec Spec) *tls.Certificate {
	if c := p.certificates[k]; c != nil {
		return c
	}
	s, _ := spec.(CertificateSpec)
	c, err := tls.X509KeyPair([]byte(s.Chain), s.Key.Reveal())
	if err != nil {
		return &tls.Certificate{}
	}
	p.certificates[k] = &c
	return &c
}

func (p *plane) frontends(t *table) map[string]dataplane.Frontend {
	out := map[string]dataplane.Frontend{}
	for address, e := range t.listeners {
		f := dataplane.Frontend{Handler: p.handler(address)}
		if e.spec.Protocol == model.HTTPS {
			f.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.present(address)}
		}
		out[address] = f
	}
	return out
}

// present selects a certificate by server name. The first is the default.
func (p *plane) present(address string) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		e := p.table.Load().listeners[address]
		if e == nil || len(e.certificates) == 0 {
			return nil, errNoCertificate
		}
		for _, c := range e.certificates {
			if hello.SupportsCertificate(c) == nil {
				return c, nil
			}
		}
		return e.certificates[0], nil
	}
}

// health returns the health of a member of a group.
func (p *plane) health(group provider.Key, member netip.AddrPort) dataplane.Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	pool := p.pools[group]
	if pool == nil {
		return dataplane.Unused
	}
	return pool.Health()[member.String()]
}

// drains reports whether requests to removed members of a group are in flight.
func (p *plane) drains(group provider.Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	pool := p.pools[group]
	if pool == nil {
		return false
	}
	for _, h := range pool.Health() {
		if h == dataplane.Draining {
			return true
		}
	}
	return false
}
