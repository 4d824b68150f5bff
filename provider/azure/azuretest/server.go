package azuretest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Server is an embedded Azure. All methods are safe for concurrent use.
type Server struct {
	options Options
	wire    *cloudtest.Wire
	handler http.Handler // the control plane behind the wire
	http    *httptest.Server
	plane   *plane
	shapes  map[string]shape

	changed dataplane.Signal

	life context.Context // ends when the server is closed
	end  context.CancelFunc
	work sync.WaitGroup // operations in progress

	mu         sync.Mutex
	store      *store
	operations map[string]*operation
	failures   []*apiError     // of the next operations
	extra      map[string]bool // properties that are known only since a body was seeded
	refusing   bool            // refuse all credentials
}

// NewServer starts a server on a loopback port. The caller must close it.
func NewServer(o Options) *Server {
	s := NewHandler(o)
	s.http = httptest.NewServer(s)
	return s
}

// NewHandler returns a server without a listener for its control plane, which is the server's own
// handler. The caller must close it.
func NewHandler(o Options) *Server {
	s := &Server{
		options: o.withDefaults(), shapes: parseShapes(gatewayShapes()), store: newStore(),
		operations: map[string]*operation{}, extra: map[string]bool{},
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.plane = newPlane(s.options, s.changed.Fire)
	s.wire = cloudtest.New(cloudtest.Options{Clock: s.options.Clock, Describe: s.describe, Throttled: throttled, Broken: broken})
	s.handler = s.wire.Handler(http.HandlerFunc(s.serve))
	s.openScope(s.options.Subscription, s.options.ResourceGroup)
	if s.options.SharedGateway != "" {
		s.seedShared(s.options.SharedGateway)
	}
	return s
}

// URL returns the endpoint of the control plane of a server from NewServer, else "".
func (s *Server) URL() string {
	if s.http == nil {
		return ""
	}
	return s.http.URL
}

// ServeHTTP serves the control plane, through the wire.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Wire returns the wire, which records the calls and injects faults.
func (s *Server) Wire() *cloudtest.Wire { return s.wire }

// Front returns the listeners of the data plane, by address of a frontend, such as 20.64.0.1:80.
func (s *Server) Front() cloudtest.Front { return s.plane.front }

// Close stops the server.
func (s *Server) Close() {
	s.end()
	if s.http != nil {
		s.http.CloseClientConnections()
		s.http.Close()
	}
	s.work.Wait()
	s.plane.close()
}

// Changed returns a channel that is closed at the next change of stored state or of the health of a
// target. A caller that waits for a condition must call it before it checks the condition.
func (s *Server) Changed() <-chan struct{} { return s.changed.Changed() }

// refresh updates the data plane to the stored state. The caller has locked the server.
func (s *Server) refresh() {
	var effective []plan
	for _, g := range s.store.gateways() {
		if g.gateway.effective != nil && g.gateway.running {
			effective = append(effective, plan{id: g.id, config: g.gateway.effective, certificates: g.gateway.serving, addresses: s.addressesOf(g)})
		}
	}
	s.plane.follow(effective)
	s.changed.Fire()
}

// addressesOf returns the addresses of the frontend configurations of a gateway, by lower-case
// name.
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

// FailNextOperation makes the next long-running operation fail with this code and message. The
// resource becomes Failed, and its data plane does not change.
func (s *Server) FailNextOperation(code, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, &apiError{Status: http.StatusConflict, Code: code, Message: message})
}

// RefuseCredentials sets whether every call is refused with 401 ExpiredAuthenticationToken.
func (s *Server) RefuseCredentials(refusing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = refusing
}

// Snapshot returns every stored object as canonical JSON, by "kind/resource group/name". It omits
// ETags and provisioning states, which change even if nothing else does.
func (s *Server) Snapshot() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	objects := map[string]string{}
	for _, r := range s.store.resources {
		objects[r.kind+"/"+r.group+"/"+r.name] = canonical(r.document)
	}
	return objects
}
