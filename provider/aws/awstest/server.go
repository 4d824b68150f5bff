package awstest

import (
	"cmp"
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

// Options configure a Server. The zero value is a new account in us-east-1.
type Options struct {
	// Clock is the clock for provisioning, health checks and draining. Nil means the system clock.
	Clock clock.Clock
	// Dial connects to a target, such as 10.0.1.7:8080. Nil means the method of net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LoopbackTargets allows addresses in 127.0.0.0/8 as targets, as if they were in the VPC, so
	// that processes of this machine can be pods. AWS rejects them.
	LoopbackTargets bool
	// OperationDelay is the time that a load balancer is provisioning, and that its network
	// interfaces exist after its deletion.
	OperationDelay time.Duration

	// Region is the region in names. Requests may be signed for any region. The default is
	// us-east-1.
	Region string
	// AccountID is the account ID in names. The default is 123456789012.
	AccountID string
	// VPCID and VPCCIDR describe the only VPC of the account. The defaults are
	// vpc-0a1b2c3d4e5f60718 and 10.0.0.0/16.
	VPCID, VPCCIDR string
	// TargetQuota is the maximum number of targets over all target groups of a load balancer, which
	// Service Quotas can change. The default is 1000.
	TargetQuota int
	// Subnets are the subnets of the VPC. By default there is one in each of the zones a, b and c
	// of the region.
	Subnets []Subnet
	// RefusedKeys are access key IDs that do not exist. ExpiredKeys are those of expired sessions.
	// Any other key is valid, and signatures are not verified.
	RefusedKeys, ExpiredKeys []string
	// DeniedActions are the IAM actions, such as tag:GetResources, that the policy of the account
	// denies.
	DeniedActions []string
	// TaggingLag is the time on Clock until the Resource Groups Tagging API lists a change. The
	// default is 10 s. A negative value means no lag.
	TaggingLag time.Duration
}

// Subnet is a subnet of the VPC.
type Subnet struct {
	// ID is the ID, subnet-….
	ID string
	// Zone is the name of the availability zone, such as us-east-1a.
	Zone string
	// CIDR is the IPv4 range.
	CIDR string
}

// Server is an AWS account in one region. Its methods are safe for concurrent use.
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

	changes   changes
	frontends map[string]dataplane.Frontend // of the front, by address

	live    sync.Map // address → *liveListener; the data plane reads it without the lock
	changed dataplane.Signal
}

// NewServer starts a server on a port of the loopback interface.
func NewServer(o Options) *Server {
	s := NewHandler(o)
	s.http = httptest.NewServer(s)
	return s
}

// NewHandler returns a server whose control plane does not listen on a port. Use the Server as an
// http.Handler.
func NewHandler(o Options) *Server {
	s := &Server{options: withDefaults(o), front: dataplane.NewFront(), done: make(chan struct{}), frontends: map[string]dataplane.Frontend{}}
	s.operations = map[service]map[string]operation{serviceELB: elbOperations(), serviceEC2: ec2Operations(), serviceACM: acmOperations(), serviceTag: taggingOperations()}
	s.wire = cloudtest.New(cloudtest.Options{Clock: s.options.Clock, Describe: s.describe, Throttled: throttled, Broken: broken})
	s.control = s.wire.Handler(http.HandlerFunc(s.serve))
	s.state.network = newNetwork(s)
	return s
}

func withDefaults(o Options) Options {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	o.Region = cmp.Or(o.Region, "us-east-1")
	o.AccountID = cmp.Or(o.AccountID, "123456789012")
	o.VPCID = cmp.Or(o.VPCID, "vpc-0a1b2c3d4e5f60718")
	o.VPCCIDR = cmp.Or(o.VPCCIDR, "10.0.0.0/16")
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

// URL returns the base endpoint of the control plane, http://127.0.0.1:port. It is empty for a
// Server of NewHandler.
func (s *Server) URL() string {
	if s.http == nil {
		return ""
	}
	return s.http.URL
}

// ServeHTTP serves the control plane of all four services.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.control.ServeHTTP(w, r) }

// Wire returns the wire before the control plane. It records calls and injects faults.
func (s *Server) Wire() *cloudtest.Wire { return s.wire }

// Front returns the listeners of the data plane. Their addresses are such as
// name-1.us-east-1.elb.amazonaws.com:80.
func (s *Server) Front() cloudtest.Front { return s.front }

// Region returns the region.
func (s *Server) Region() string { return s.options.Region }

// VPCID returns the ID of the VPC.
func (s *Server) VPCID() string { return s.options.VPCID }

// SubnetIDs returns the IDs of the subnets.
func (s *Server) SubnetIDs() []string {
	ids := make([]string, 0, len(s.options.Subnets))
	for _, subnet := range s.options.Subnets {
		ids = append(ids, subnet.ID)
	}
	return ids
}

// SetLag delays the appearance of new resources in Describe responses by d, as an eventually
// consistent service may. References to them work at once. Zero ends the lag.
func (s *Server) SetLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

// visible reports whether Describe responses already have a resource that was created at t.
func (s *Server) visible(t time.Time) bool { return s.lag == 0 || !s.now().Before(t.Add(s.lag)) }

func (s *Server) now() time.Time { return s.options.Clock.Now() }

// Changed returns a channel that is closed at the next change of a resource or of the health of a
// target.
func (s *Server) Changed() <-chan struct{} { return s.changed.Changed() }

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

// later runs f with the lock held after d on the clock of the server, unless the server is closed
// before.
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
