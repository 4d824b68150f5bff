package azuretest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Server is one embedded Azure. All its methods may be called from any goroutine.
type Server struct {
	options Options
	wire    *cloudtest.Wire
	handler http.Handler // the control plane behind the wire
	http    *httptest.Server
	plane   *plane
	shapes  map[string]shape

	changed *signal

	life context.Context // ends when the server is closed
	end  context.CancelFunc
	work sync.WaitGroup // operations under way

	mu         sync.Mutex
	store      *store
	operations map[string]*operation
	failures   []*apiError     // what the next operations fail with
	extra      map[string]bool // properties that seeding has made known
	refusing   bool            // credentials are refused

}

// NewServer is a server on a port of loopback. Close it.
func NewServer(o Options) *Server {
	s := NewHandler(o)
	s.http = httptest.NewServer(s)
	return s
}

// NewHandler is a server with no listener for its control plane: the server itself is the handler.
// Close it.
func NewHandler(o Options) *Server {
	s := &Server{
		options: o.withDefaults(), shapes: parseShapes(gatewayShapes()), store: newStore(),
		operations: map[string]*operation{}, extra: map[string]bool{}, changed: newSignal(),
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.plane = newPlane(s.options, s.changed.fire)
	s.wire = cloudtest.New(cloudtest.Options{Clock: s.options.Clock, Describe: s.describe, Throttled: throttled, Broken: broken})
	s.handler = s.wire.Handler(http.HandlerFunc(s.serve))
	s.openScope(s.options.Subscription, s.options.ResourceGroup)
	if s.options.SharedGateway != "" {
		s.seedShared(s.options.SharedGateway)
	}
	return s
}

// URL is the endpoint of the control plane of a server made by NewServer.
func (s *Server) URL() string {
	if s.http == nil {
		return ""
	}
	return s.http.URL
}

// ServeHTTP is the control plane, through the wire.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Wire records the calls and injects faults.
func (s *Server) Wire() *cloudtest.Wire { return s.wire }

// Front holds the listeners of the data plane, by address of the gateways' frontends
// ("20.64.0.1:80").
func (s *Server) Front() cloudtest.Front { return s.plane.front }

// Close ends everything that the server has started.
func (s *Server) Close() {
	s.end()
	if s.http != nil {
		s.http.CloseClientConnections()
		s.http.Close()
	}
	s.work.Wait()
	s.plane.close()
}

// Changed is closed at the next change of stored state or of the health of a target. Take it before
// looking.
func (s *Server) Changed() <-chan struct{} { return s.changed.next() }

// refresh lets the data plane follow what is stored. The caller holds the lock.
func (s *Server) refresh() {
	var effective []plan
	for _, g := range s.store.gateways() {
		if g.gateway.effective != nil && g.gateway.running {
			effective = append(effective, plan{id: g.id, config: g.gateway.effective, certificates: g.gateway.serving, addresses: s.addressesOf(g)})
		}
	}
	s.plane.follow(effective)
	s.changed.fire()
}

// addressesOf maps the frontend configurations of a gateway, by lower-case name, to their
// addresses.
func (s *Server) addressesOf(g *resource) map[string]string {
	addresses := map[string]string{}
	for _, f := range g.gateway.effective.Properties.FrontendIPConfigurations {
		address := f.Properties.PrivateIPAddress
		if p := f.Properties.PublicIPAddress; p != nil {
			if r := s.store.get(p.ID); r != nil {
				address = r.address
			}
		}
		addresses[strings.ToLower(f.Name)] = address
	}
	return addresses
}

// FailNextOperation lets the next long-running operation that ends fail with this code and message:
// the resource becomes Failed, and its data plane stays as it was.
func (s *Server) FailNextOperation(code, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, &apiError{Status: http.StatusConflict, Code: code, Message: message})
}

// RefuseCredentials answers every call with 401 ExpiredAuthenticationToken, or ends that.
func (s *Server) RefuseCredentials(refusing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = refusing
}

// Snapshot returns every stored object as canonical JSON, by "kind/resource group/name". ETags and
// provisioning states are left out, as they change when nothing else does.
func (s *Server) Snapshot() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	objects := map[string]string{}
	for _, r := range s.store.resources {
		objects[r.kind+"/"+r.group+"/"+r.name] = canonical(r.document)
	}
	return objects
}

// signal tells whoever waits that something has changed. It has a lock of its own, because the data
// plane fires it too, at times under the lock of the server.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

func newSignal() *signal { return &signal{ch: make(chan struct{})} }

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ch
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ch)
	s.ch = make(chan struct{})
}
