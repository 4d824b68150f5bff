// Package gcp is the plugin for Google Cloud. It manages application load balancers (global
// external managed and regional internal managed) that send requests directly to pods through zonal
// network endpoint groups.
//
//	model                Google Cloud
//	-----                ------------
//	LoadBalancer         one static address, the owner of all other resources
//	Listener             URL map, target HTTP or HTTPS proxy and forwarding rule of its port
//	Certificate          self-managed SSL certificate, with a hash of its content in the name
//	TLS policy           SSL policy
//	Route                route rules of the path matchers of its hosts, by priority
//	fixed response       injected fault (abort, 100 %) on a rule whose service gets no request
//	Group                backend service
//	HealthCheck          health check, shared by the groups with equal checks
//	endpoints of a group NetworkEndpoints: a network endpoint group (GCE_VM_IP_PORT) for each zone
//	Endpoint             network endpoint on the instance with the name of the node
//
// The description of each resource names its owner. Its name starts with hashes of the cluster and
// the load balancer. A resource is adopted only if its description names the same cluster, load
// balancer and group.
//
// References to certificates, addresses and networks are names or links in any form of the API. A
// certificate of the user is never changed. It is a CertificateReference of each proxy that uses
// it.
//
// The certificates and HTTPS proxies of a load balancer are one write scope. A certificate that the
// cloud rejects, or that does not exist, fails alone: the proxy is written with the others, and
// with the earlier version of a certificate whose renewal fails.
//
// Refuse names the parts of a load balancer with values that the API cannot express or rejects:
//
//   - redirects from HTTPS to HTTP
//   - redirects to another scheme from a port that no scheme implies, unless the host is one name
//   - headers and query parameters that must be empty
//   - rewrites of the whole path below a prefix with a star or a brace
//   - paths that are too long for the API together with what must be added to them
//   - weights whose ratio exceeds 1000
//   - changes of hop-by-hop headers and of Google's own headers
//   - header values with braces
//   - different TLS policies on one port
//   - health checks out of bounds
//   - certificates with a key, a chain or a reference that the API rejects
//   - certificates after the first 15 of a port
//   - the youngest routes of a port that exceed the hosts, the rules or the size of a URL map
//   - groups all of whose endpoints lack a node, a zone or an IPv4 address
//
// If only some endpoints of a group lack one of these, a problem names them, and the others serve.
//
// A load balancer with more than one static address is refused as a whole.
//
// Google Cloud considers an endpoint healthy only for status 200, whatever statuses the health
// check of the model accepts.
package gcp
