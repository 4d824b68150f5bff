package model

import "time"

// GroupID names a group within its load balancer: "namespace/service:port", with a suffix where
// settings differ.
type GroupID string

// A Group is a set of endpoints that share a port of a Service and all settings.
type Group struct {
	ID       GroupID
	Target   TargetMode
	Protocol BackendProtocol
	// the port of the endpoints where they all share one, else zero; a hint for clouds that ask for
	// one
	Port     int
	Health   HealthCheck
	Affinity Affinity
	// Draining is how long requests in flight may go on after an endpoint left. Zero is the
	// provider's default, never under 30 s.
	Draining time.Duration
	Timeout  time.Duration // of one request; zero is the cloud's default
	// Members says whether Endpoints is known: an empty list that is known is a Service scaled to
	// zero, an unknown one may be a cache that has not filled, and empties nothing.
	Members   Membership
	Endpoints []Endpoint
	Origins   []Ref
}

// Membership tells whether the endpoints of a group are known.
type Membership string

// The memberships. The zero value is known.
const (
	MembersKnown   Membership = "known"
	MembersUnknown Membership = "unknown"
)

// TargetMode is where a load balancer sends packets.
type TargetMode string

// The target modes. The zero value is pod.
const (
	TargetPod  TargetMode = "pod"
	TargetNode TargetMode = "node"
)

// BackendProtocol is what a load balancer speaks with endpoints.
type BackendProtocol string

// The backend protocols. The zero value is HTTP.
const (
	BackendHTTP  BackendProtocol = "HTTP"
	BackendHTTPS BackendProtocol = "HTTPS"
	BackendHTTP2 BackendProtocol = "HTTP2"
	BackendGRPC  BackendProtocol = "GRPC"
	BackendTCP   BackendProtocol = "TCP"
	BackendUDP   BackendProtocol = "UDP"
)

// HealthCheck is how a cloud finds out which endpoints serve. Seal sets defaults: protocol by the
// group's (HTTP for HTTP2, TCP for UDP), path "/", interval 15 s, timeout 5 s but a second less
// than the interval, thresholds 2 and 2, statuses 200-399. For GRPC the path is the method that is
// called, by default that of the health protocol of gRPC, and the statuses are codes of gRPC, by
// default 0 (OK) alone. Interval and timeout are whole seconds.
type HealthCheck struct {
	Protocol  BackendProtocol // HTTP, HTTPS, GRPC or TCP
	Path      string          // may have a query; none for TCP
	Host      string
	Port      int // zero is the port that serves
	Interval  time.Duration
	Timeout   time.Duration
	Healthy   int
	Unhealthy int
	Statuses  StatusRange
}

// StatusRange is the statuses that count as healthy, both ends in.
type StatusRange struct{ From, To int }

// Affinity keeps a client with an endpoint.
type Affinity struct {
	Type   AffinityType
	Cookie string        // for a cookie of the application
	TTL    time.Duration // zero is the session
}

// AffinityType is how a client is told.
type AffinityType string

// The affinity types. The zero value is none.
const (
	NoAffinity       AffinityType = "none"
	AffinityCookie   AffinityType = "cookie" // made by the load balancer
	AffinityClientIP AffinityType = "client-ip"
)
