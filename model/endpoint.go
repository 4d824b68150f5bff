package model

import (
	"net/netip"
	"time"
)

// Endpoint is one address that serves a group.
type Endpoint struct {
	Address netip.Addr
	Port    int
	Zone    string
	Node    string
	Pod     string // "namespace/name"; empty for an endpoint without a pod
	State   EndpointState
}

// EndpointState is the state of an endpoint in Kubernetes.
type EndpointState string

// The endpoint states. The zero value is ready.
const (
	Ready EndpointState = "ready"
	// serving while terminating: it completes its requests and gets no new ones
	Draining EndpointState = "draining"
	NotReady EndpointState = "not-ready"
)

// IsReady reports whether s is [Ready], or the zero value, which means ready.
func (s EndpointState) IsReady() bool { return s == Ready || s == "" }

// AddrPort returns the address and port of the endpoint.
func (e Endpoint) AddrPort() netip.AddrPort {
	return netip.AddrPortFrom(e.Address, uint16(e.Port)) //nolint:gosec // a valid port
}

// MinDraining is the shortest draining time that a provider may use where Group.Draining is not
// set.
const MinDraining = 30 * time.Second
