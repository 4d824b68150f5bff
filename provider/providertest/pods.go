package providertest

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"github.com/headgate-io/headgate/model"
)

// Every pod listens on these ports.
const (
	podPort    = 8080
	otherPort  = 8081
	healthPort = 9090
)

// nodePort is in the range of node ports, on which no pod listens.
const nodePort = 30080

// pods are real HTTP servers on loopback that have addresses of a pod network.
type pods struct {
	t *testing.T

	mu        sync.Mutex
	addresses map[string]netip.Addr           // by name
	servers   map[netip.Addr]*httptest.Server // by address
	requests  map[string]int                  // by name, those of health checks included
	next      netip.Addr
	zones     []string
	config    *tls.Config
	slow      *slow
}

func newPods(t *testing.T) *pods {
	t.Helper()
	return &pods{
		t: t, addresses: map[string]netip.Addr{}, servers: map[netip.Addr]*httptest.Server{}, requests: map[string]int{},
		slow: &slow{arrived: make(chan string, 16), release: make(chan struct{})},
	}
}

// settle sets the pod network and the zones of the fixture.
func (p *pods) settle(f *Fixture) {
	network := f.Pods
	if !network.IsValid() {
		network = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 64, 0}), 18)
	}
	p.next = network.Masked().Addr()
	for range 10 { // clouds reserve the first addresses of a subnet
		p.next = p.next.Next()
	}
	p.zones = f.Zones
	if len(p.zones) == 0 {
		p.zones = []string{"a", "b", "c"}
	}
}

// dial connects to a pod by its address.
func (p *pods) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial pod: %w", err)
	}
	p.mu.Lock()
	s := p.servers[ap.Addr()]
	p.mu.Unlock()
	if s == nil || ap.Port() != podPort && ap.Port() != otherPort && ap.Port() != healthPort {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("no pod at %s", address)}
	}
	return new(net.Dialer).DialContext(ctx, "tcp", s.Listener.Addr().String())
}

// endpoints returns those of the pods service-from to service-(to-1), spread over the zones.
func (p *pods) endpoints(service string, from, to int) []model.Endpoint {
	return p.endpointsAt(service, podPort, from, to)
}

func (p *pods) endpointsAt(service string, port, from, to int) []model.Endpoint {
	out := make([]model.Endpoint, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, p.endpoint(fmt.Sprintf("%s-%d", service, i), port, i))
	}
	return out
}

// endpoint returns that of one pod, and starts the pod if it does not run yet.
func (p *pods) endpoint(name string, port, i int) model.Endpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	addr, ok := p.addresses[name]
	if !ok {
		addr = p.next
		p.next = p.next.Next()
		p.addresses[name] = addr
		p.servers[addr] = p.start(name)
	}
	zone := p.zones[i%len(p.zones)]
	return model.Endpoint{Address: addr, Port: port, Zone: zone, Node: "node-" + zone, Pod: "default/" + name}
}

// stop ends a pod as Kubernetes does: requests in flight complete, and no new one is accepted.
func (p *pods) stop(t *testing.T, ep model.Endpoint) {
	t.Helper()
	p.mu.Lock()
	s := p.servers[ep.Address]
	delete(p.servers, ep.Address)
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Config.Shutdown(ctx); err != nil {
		t.Errorf("stop pod %s: %v", ep.Pod, err)
	}
}
