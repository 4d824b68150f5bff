// Package dataplane holds what the data planes of the embedded clouds share: pools of targets with
// health checks, draining and balancing, the proxying of one request, and real loopback listeners
// for the addresses of load balancers. Which request goes to which pool is each cloud's own affair.
package dataplane
