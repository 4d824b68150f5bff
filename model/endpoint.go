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

// EndpointState is what Kubernetes says of an endpoint.
type EndpointState string

// The endpoint states. The zero value is ready.
const (
	Ready EndpointState = "ready"
	// serving while terminating: what it has may finish, nothing new
	Draining EndpointState = "draining"
	NotReady EndpointState = "not-ready"
)

// AddrPort is the address and port of the endpoint.
func (e Endpoint) AddrPort() netip.AddrPort {
	return netip.AddrPortFrom(e.Address, uint16(e.Port)) //nolint:gosec // Seal holds ports within 1..65535
}

// MinDraining is the least time that an unset Group.Draining stands for.
const MinDraining = 30 * time.Second
