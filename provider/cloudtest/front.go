package cloudtest

import (
	"context"
	"net"
)

// Front is the data plane of an embedded cloud as clients see it: the addresses of its load
// balancers, each with a real listener on loopback.
type Front interface {
	// Dial connects to the listener of a load balancer's address ("203.0.113.7:80",
	// "name.elb.amazonaws.com:443"). An address without a listener refuses the connection
	// (syscall.ECONNREFUSED). It fits http.Transport.DialContext.
	Dial(ctx context.Context, network, address string) (net.Conn, error)

	// Addresses returns the loopback address ("127.0.0.1:port") of each load balancer address that
	// has a listener.
	Addresses() map[string]string
}
