package gcptest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Options say what the embedded cloud holds and how it behaves. The zero value is a fresh account
// on the system's clock.
type Options struct {
	// Clock is what operations and health checks follow; nil is the system's.
	Clock clock.Clock
	// Dial reaches an endpoint; nil is a plain dialer. Tests map the addresses of pods to real
	// sockets with it.
	Dial dataplane.Dialer
	// LoopbackTargets accepts 127.0.0.0/8 as endpoints, so that processes of this machine can be
	// pods.
	LoopbackTargets bool
	// OperationDelay is how long an operation takes until its effect can be seen; 0 is done at the
	// first poll.
	OperationDelay time.Duration
	// PropagationDelay is how long the proxies go on with the URL map that they have after another
	// one is stored and its operation is done. Everything else reaches them at once.
	PropagationDelay time.Duration
	// Instances restricts which instances exist; nil accepts every instance name. With it,
	// attaching endpoints checks the instance's zone and that the address is the instance's own or
	// in one of its alias ranges.
	Instances []Instance
	// ProxyOnlySubnets lists the regions where the default network has a proxy-only subnetwork
	// (purpose REGIONAL_MANAGED_PROXY), without which regional application load balancers are
	// refused. A fresh account has none.
	ProxyOnlySubnets []string
	// Quotas bounds how many resources a project may hold, by the name of the quota
	// ("BACKEND_SERVICES"); those not named are not bounded.
	Quotas map[string]int
}

// Instance is a virtual machine that exists.
type Instance struct {
	// Name and Zone identify it in every project.
	Name, Zone string
	// Address is its primary internal address; AliasRanges are CIDRs such as the node's pod range.
	Address     string
	AliasRanges []string
}

// Server is the embedded cloud. All its methods may be called from any goroutine.
type Server struct {
	options Options
	clock   clock.Clock
	kinds   map[string]*kind
	wire    *cloudtest.Wire
	serve   http.Handler
	http    *httptest.Server
	plane   *plane

	life context.Context //nolint:containedctx // it ends the server's own work, not a request
	stop context.CancelFunc
	work sync.WaitGroup

	mu       sync.Mutex
	state    *state
	failures map[string]*fault

	changedMu sync.Mutex
	changed   chan struct{}
}

// NewServer serves the API on a free port of the loopback interface, as httptest does.
func NewServer(o Options) *Server {
	s := NewHandler(o)
	s.http = httptest.NewServer(s)
	return s
}

// NewHandler is the server without a listener of its own for the API; ServeHTTP is the control
// plane.
func NewHandler(o Options) *Server {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	s := &Server{options: o, clock: o.Clock, kinds: kinds(), state: newState(), failures: map[string]*fault{}, changed: make(chan struct{})}
	s.life, s.stop = context.WithCancel(context.Background())
	s.plane = newPlane(o.Clock, o.Dial, s.announce)
	s.plane.lag = o.PropagationDelay
	s.wire = cloudtest.New(cloudtest.Options{Clock: o.Clock, Describe: describe, Throttled: throttled, Broken: broken})
	s.serve = s.wire.Handler(http.HandlerFunc(s.handle))
	return s
}

// URL is the endpoint to give to the client; empty for a server made by NewHandler.
func (s *Server) URL() string {
	if s.http == nil {
		return ""
	}
	return s.http.URL
}

// ServeHTTP is the control plane, seen through the wire.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve.ServeHTTP(w, r) }

// Wire records the calls and injects faults.
func (s *Server) Wire() *cloudtest.Wire { return s.wire }

// Front holds the listeners of the data plane. It follows the stored resources after every change.
func (s *Server) Front() *dataplane.Front { return s.plane.front }

// Snapshot is every resource that was made, "collection/project/scope/name" to its canonical JSON.
// The members of a NEG are in it as networkEndpoints; private keys are not. What the account had
// from the start is left out.
func (s *Server) Snapshot() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.snapshot()
}

// Changed is closed at the next change of what is stored or of the health of an endpoint.
func (s *Server) Changed() <-chan struct{} {
	s.changedMu.Lock()
	defer s.changedMu.Unlock()
	return s.changed
}

func (s *Server) announce() {
	s.changedMu.Lock()
	defer s.changedMu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// stateChanged lets the data plane follow and tells who waits. The server's lock is held.
func (s *Server) stateChanged() {
	lagging := s.plane.follow(s.state)
	s.announce()
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
		s.announce()
	})
}

// Close ends operations in flight without effect, and the data plane.
func (s *Server) Close() {
	s.stop()
	s.wire.Heal()
	if s.http != nil {
		s.http.Close()
	}
	s.work.Wait()
	s.plane.close()
}

// describe names the API method of a request, for the record of calls.
func describe(r *http.Request, _ []byte) (string, cloudtest.Kind) {
	t, ok := parseTarget(r.URL.Path)
	if !ok {
		return r.Method + " " + r.URL.Path, cloudtest.Read // nothing is there that could change
	}
	c := call{method: r.Method, target: t}
	return c.api(), c.kind()
}

// throttled is the reply to too many requests (Compute Engine rate quotas: 403 rateLimitExceeded).
func throttled(w http.ResponseWriter, _ *http.Request) {
	(&fault{status: http.StatusForbidden, reason: "rateLimitExceeded", message: "Rate Limit Exceeded"}).write(w)
}

func broken(w http.ResponseWriter, _ *http.Request) {
	(&fault{status: http.StatusServiceUnavailable, reason: "backendError", message: "Internal error. Please try again or contact Google Support."}).write(w)
}
