package gcptest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Options configure the embedded cloud. The zero value is a new account with the system's clock.
type Options struct {
	// Clock times operations and health checks. Nil is the system's clock.
	Clock clock.Clock
	// Dial connects to an endpoint. Nil is a net.Dialer. Tests use it to map the addresses of pods
	// to sockets.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LoopbackTargets accepts endpoints in 127.0.0.0/8, so that local processes can be pods.
	LoopbackTargets bool
	// OperationDelay is the time until an operation takes effect. With 0 it is done at the first
	// poll.
	OperationDelay time.Duration
	// PropagationDelay is the time from the end of an operation until the proxies use a new URL
	// map. Other changes apply immediately.
	PropagationDelay time.Duration
	// Instances are the instances that exist. The address of an endpoint must then be that of its
	// instance or in one of the instance's alias ranges. Nil accepts every name of an instance.
	Instances []Instance
	// ProxyOnlySubnets are the regions where the default network has a proxy-only subnetwork
	// (purpose REGIONAL_MANAGED_PROXY). Regional application load balancers require one. A new
	// account has none.
	ProxyOnlySubnets []string
	// Quotas limit the number of resources of a project, by the name of the quota
	// ("BACKEND_SERVICES"). A quota without an entry is unlimited.
	Quotas map[string]int
}

// Instance is a virtual machine.
type Instance struct {
	// Name and Zone identify the instance in every project.
	Name, Zone string
	// Address is the primary internal address. AliasRanges are CIDRs, such as the pod range of a
	// node.
	Address     string
	AliasRanges []string
}

// Server is the embedded cloud. It is safe for concurrent use.
type Server struct {
	options Options
	clock   clock.Clock
	kinds   map[string]*kind
	wire    *cloudtest.Wire
	serve   http.Handler
	http    *httptest.Server
	plane   *plane

	life context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu       sync.Mutex
	state    *state
	failures map[string]*fault

	changed dataplane.Signal
}

// NewServer starts a server on a free port of the loopback interface. The caller must call Close.
func NewServer(o Options) *Server {
	s := NewHandler(o)
	s.http = httptest.NewServer(s)
	return s
}

// NewHandler returns a server without a listener for the API. Use it as an http.Handler. The caller
// must call Close.
func NewHandler(o Options) *Server {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	s := &Server{options: o, clock: o.Clock, kinds: kinds(), state: newState(), failures: map[string]*fault{}}
	s.life, s.stop = context.WithCancel(context.Background())
	s.plane = newPlane(o.Clock, o.Dial, s.changed.Fire)
	s.plane.lag = o.PropagationDelay
	s.wire = cloudtest.New(cloudtest.Options{Clock: o.Clock, Describe: describe, Throttled: throttled, Broken: broken})
	s.serve = s.wire.Handler(http.HandlerFunc(s.handle))
	return s
}

// URL returns the endpoint for clients. It is empty for a server from NewHandler.
func (s *Server) URL() string {
	if s.http == nil {
		return ""
	}
	return s.http.URL
}

// ServeHTTP serves the API, with the faults of Wire.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve.ServeHTTP(w, r) }

// Wire returns the wire, which records calls and injects faults.
func (s *Server) Wire() *cloudtest.Wire { return s.wire }

// Front returns the listeners of the data plane. They follow every change of the stored resources.
func (s *Server) Front() cloudtest.Front { return s.plane.front }

// Snapshot returns the canonical JSON of every resource by "collection/project/scope/name". The
// endpoints of a NEG are its member networkEndpoints. Private keys and the resources of a new
// account are omitted.
func (s *Server) Snapshot() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.snapshot()
}

// Changed returns a channel that is closed at the next change of a stored resource or of the health
// of an endpoint.
func (s *Server) Changed() <-chan struct{} { return s.changed.Changed() }

// stateChanged updates the data plane and closes the channel of Changed. The server must be locked.
func (s *Server) stateChanged() {
	lagging := s.plane.follow(s.state)
	s.changed.Fire()
	if !lagging {
		return
	}
	s.work.Go(func() {
		if clock.Wait(s.life, s.clock, s.options.PropagationDelay) != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.plane.follow(s.state)
		s.changed.Fire()
	})
}

// Close stops the server and the data plane. Operations in flight have no effect.
func (s *Server) Close() {
	s.stop()
	s.wire.Heal()
	if s.http != nil {
		s.http.Close()
	}
	s.work.Wait()
	s.plane.close()
}

// describe returns the API method and the kind of a request.
func describe(r *http.Request, _ []byte) (string, cloudtest.Kind) {
	t, ok := parseTarget(r.URL.Path)
	if !ok {
		return r.Method + " " + r.URL.Path, cloudtest.Read // no such method: nothing changes
	}
	c := call{method: r.Method, target: t}
	return c.api(), c.kind()
}

// throttled sends the reply to too many requests (page "API rate limits").
func throttled(w http.ResponseWriter, _ *http.Request) {
	(&fault{status: http.StatusForbidden, reason: "rateLimitExceeded", message: "Rate Limit Exceeded"}).write(w)
}

// broken sends the reply of an internal error.
func broken(w http.ResponseWriter, _ *http.Request) {
	(&fault{status: http.StatusServiceUnavailable, reason: "backendError", message: "Internal error. Please try again or contact Google Support."}).write(w)
}
