package awstest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Options describe the account that a Server holds. The zero value is a fresh account in us-east-1.
type Options struct {
	// Clock is what provisioning, health checks and draining follow. Nil is the system's clock.
	Clock clock.Clock
	// Dial reaches a target, such as 10.0.1.7:8080. Nil is net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LoopbackTargets accepts addresses in 127.0.0.0/8 as targets and takes them for addresses in
	// the VPC, so that processes of this machine can be pods. AWS refuses them.
	LoopbackTargets bool
	// OperationDelay is how long a load balancer is provisioning, and how long its network
	// interfaces stay after its deletion.
	OperationDelay time.Duration

	// Region appears in names; requests signed for any region are served. Default us-east-1.
	Region string
	// AccountID appears in names. Default 123456789012.
	AccountID string
	// VPCID and VPCCIDR are the account's one VPC. Defaults vpc-0a1b2c3d4e5f60718 and 10.0.0.0/16.
	VPCID, VPCCIDR string
	// TargetQuota is how many targets may be registered over all target groups of a load balancer,
	// which Service Quotas can change. Default 1000.
	TargetQuota int
	// Subnets are the VPC's subnets. Default: three, one in each of the zones a, b and c of the
	// region.
	Subnets []Subnet
	// RefusedKeys are access key IDs that AWS does not know; ExpiredKeys are those of sessions that
	// are over. All others are taken, and no signature is verified.
	RefusedKeys, ExpiredKeys []string
	// DeniedActions are IAM actions, such as tag:GetResources, that the account's policy does not
	// allow. All others are allowed.
	DeniedActions []string
	// TaggingLag is how long after a change the Resource Groups Tagging API tells of it, on Clock.
	// Default 10 s; below 0 is at once.
	TaggingLag time.Duration
}

// Subnet is one subnet of the account's VPC.
type Subnet struct {
	// ID is the subnet's identifier, subnet-….
	ID string
	// Zone is the name of its availability zone, such as us-east-1a.
	Zone string
	// CIDR is its IPv4 range.
	CIDR string
}

// Server is one AWS account in one region. All its methods may be called from any goroutine.
type Server struct {
	options    Options
	operations map[service]map[string]operation
	wire       *cloudtest.Wire
	control    http.Handler
	http       *httptest.Server
	front      *dataplane.Front
	done       chan struct{}
	closed     sync.Once
	watchers   sync.WaitGroup

	mu    sync.Mutex
	state state
	lag   time.Duration
	index tagIndex

	touched   touched
	frontends map[string]dataplane.Frontend // what the front serves, by address

	seats   sync.Map // address → *seat: what the data plane knows, ready to be used without a lock
	changed atomic.Pointer[chan struct{}]
}

// NewServer starts a server that listens on a port of the loopback interface, as httptest.NewServer
// does.
func NewServer(o Options) *Server {
	s := NewHandler(o)
	s.http = httptest.NewServer(s)
	return s
}

// NewHandler is a server whose control plane has no listener of its own: the Server is its
// http.Handler.
func NewHandler(o Options) *Server {
	s := &Server{options: withDefaults(o), front: dataplane.NewFront(), done: make(chan struct{}), frontends: map[string]dataplane.Frontend{}}
	s.changed.Store(ptr(make(chan struct{})))
	s.operations = map[service]map[string]operation{serviceELB: elbOperations(), serviceEC2: ec2Operations(), serviceACM: acmOperations(), serviceTag: taggingOperations()}
	s.wire = cloudtest.New(cloudtest.Options{Clock: s.options.Clock, Describe: s.describe, Throttled: throttled, Broken: broken})
	s.control = s.wire.Handler(http.HandlerFunc(s.serve))
	s.state.network = freshNetwork(s)
	return s
}

func withDefaults(o Options) Options {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	o.Region = first(o.Region, "us-east-1")
	o.AccountID = first(o.AccountID, "123456789012")
	o.VPCID = first(o.VPCID, "vpc-0a1b2c3d4e5f60718")
	o.VPCCIDR = first(o.VPCCIDR, "10.0.0.0/16")
	if o.TargetQuota == 0 {
		o.TargetQuota = maxTargetsPerBalancer
	}
	if o.TaggingLag == 0 {
		o.TaggingLag = taggingLag
	}
	if len(o.Subnets) == 0 {
		o.Subnets = []Subnet{
			{ID: "subnet-0a1b2c3d4e5f60001", Zone: o.Region + "a", CIDR: "10.0.0.0/18"},
			{ID: "subnet-0a1b2c3d4e5f60002", Zone: o.Region + "b", CIDR: "10.0.64.0/18"},
			{ID: "subnet-0a1b2c3d4e5f60003", Zone: o.Region + "c", CIDR: "10.0.128.0/17"},
		}
	}
	return o
}

// first is the first of the strings that is not empty, or empty.
func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// URL is the base endpoint of the control plane, http://127.0.0.1:port. It is empty for a Server of
// NewHandler.
func (s *Server) URL() string {
	if s.http == nil {
		return ""
	}
	return s.http.URL
}

// ServeHTTP is the control plane: all four services, told apart as AWS's hosts would be.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.control.ServeHTTP(w, r) }

// Wire is what stands before the control plane: the record of calls, and faults to inject.
func (s *Server) Wire() *cloudtest.Wire { return s.wire }

// Front is the data plane's listeners, under addresses such as
// name-1.us-east-1.elb.amazonaws.com:80.
func (s *Server) Front() cloudtest.Front { return s.front }

// Region is the region that names carry.
func (s *Server) Region() string { return s.options.Region }

// VPCID is the identifier of the account's VPC.
func (s *Server) VPCID() string { return s.options.VPCID }

// SubnetIDs are the identifiers of the VPC's subnets, one in each zone unless Options said
// otherwise.
func (s *Server) SubnetIDs() []string {
	ids := make([]string, 0, len(s.options.Subnets))
	for _, subnet := range s.options.Subnets {
		ids = append(ids, subnet.ID)
	}
	return ids
}

// SetLag makes what was created show up in Describe replies only after d, as an eventually
// consistent service does now and then. References to it work at once. Zero ends that.
func (s *Server) SetLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

// visible tells whether a reader already sees what was created at t.
func (s *Server) visible(t time.Time) bool { return s.lag == 0 || !s.now().Before(t.Add(s.lag)) }

func (s *Server) now() time.Time { return s.options.Clock.Now() }

// Changed returns a channel that closes at the next change of stored state or of a target's health.
func (s *Server) Changed() <-chan struct{} { return *s.changed.Load() }

func (s *Server) notify() { close(*s.changed.Swap(ptr(make(chan struct{})))) }

// Close stops the control plane, the data plane and all health checks.
func (s *Server) Close() {
	s.closed.Do(func() {
		if s.http != nil {
			s.http.CloseClientConnections()
			s.http.Close()
		}
		close(s.done)
		s.front.Close()
		s.mu.Lock()
		for _, g := range s.state.groups.all {
			g.pool.close()
		}
		s.mu.Unlock()
		s.watchers.Wait()
	})
}

// later runs f with the lock held when d has passed on the server's clock, unless the server is
// closed first.
func (s *Server) later(d time.Duration, f func()) {
	s.watchers.Go(func() {
		select {
		case <-s.done:
		case <-s.options.Clock.After(d):
			s.mu.Lock()
			defer s.mu.Unlock()
			f()
		}
	})
}
