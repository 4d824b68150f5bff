package model

import "time"

// GroupID names a group within its load balancer: "namespace/service:port", with a suffix for the
// settings that a route adds to those of the Service.
type GroupID string

// A Group is a set of endpoints that share a port of a Service and all settings.
type Group struct {
	ID       GroupID
	Target   TargetMode
	Protocol BackendProtocol
	// the port of the endpoints if they all have the same one, else zero; for clouds whose API
	// requires a port
	Port     int
	Health   HealthCheck
	Affinity Affinity
	// Draining is how long requests in flight may continue after their endpoint is removed. Zero is
	// the default of the provider, at least 30 s.
	Draining time.Duration
	// SlowStart is how long the share of a new endpoint grows to that of the others. Zero gives it
	// its full share immediately.
	SlowStart time.Duration `json:",omitzero"`
	Timeout   time.Duration // of one request; zero is the cloud's default
	// Members states whether Endpoints is known. An empty list that is known is a Service scaled to
	// zero. An unknown list may come from a cache that is not filled yet, and removes nothing.
	Members   Membership
	Endpoints []Endpoint
	Origins   []Ref
}

// Membership states whether the endpoints of a group are known.
type Membership string

// The memberships. The zero value is known.
const (
	MembersKnown   Membership = "known"
	MembersUnknown Membership = "unknown"
)

// TargetMode is the kind of address that a load balancer sends packets to.
type TargetMode string

// The target modes. The zero value is pod.
const (
	TargetPod  TargetMode = "pod"
	TargetNode TargetMode = "node"
)

// BackendProtocol is the protocol between a load balancer and its endpoints.
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

// HealthCheck is how a cloud finds out which endpoints are healthy. Seal sets defaults: the
// protocol of the group (HTTP for HTTP2, TCP for UDP), path "/", interval 15 s, timeout 5 s but at
// least a second less than the interval, thresholds 2 and 2, statuses 200-399. For GRPC the path is
// the method that is called, by default that of the gRPC health protocol, and the statuses are gRPC
// codes, by default 0 (OK) alone. Interval and timeout are whole seconds.
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

// StatusRange is an inclusive range of the statuses that count as healthy.
type StatusRange struct{ From, To int }

// Affinity sends the requests of one client to the same endpoint.
type Affinity struct {
	Type   AffinityType
	Cookie string        // for a cookie of the application
	TTL    time.Duration // zero is the session
}

// AffinityType is how a client is recognized.
type AffinityType string

// The affinity types. The zero value is none.
const (
	NoAffinity       AffinityType = "none"
	AffinityCookie   AffinityType = "cookie" // made by the load balancer
	AffinityClientIP AffinityType = "client-ip"
)
