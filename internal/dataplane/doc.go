// Package dataplane is the common part of the data planes of the embedded clouds: pools of targets
// with health checks, draining and load balancing, the forwarding of requests, and loopback
// listeners for the addresses of load balancers. Each cloud routes requests to pools by its own
// rules.
package dataplane
