// Package gcp is the plugin for Google Cloud: application load balancers on Envoy (global external
// managed, regional internal managed) that send requests straight to pods through zonal network
// endpoint groups.
//
//	model                  Google Cloud
//	-----                  ------------
//	LoadBalancer           one static address; everything below is owned by it
//	Listener               URL map, target HTTP or HTTPS proxy, forwarding rule; listeners of one port share them
//	Certificate            self-managed SSL certificate, named by its content: a rotation is create, repoint, delete
//	TLS policy             SSL policy
//	Route                  route rules of the path matchers of its hosts, with priorities in the model's total order
//	fixed response         fault injection (abort, 100 %) on a rule that names a backend service which never gets the request
//	Group                  backend service
//	HealthCheck            health check, shared by the groups of a load balancer that check alike
//	endpoints of a group   NetworkEndpoints: a network endpoint group (GCE_VM_IP_PORT) for each zone, and the service's list of them
//	Endpoint               network endpoint: the instance is the node's name
//
// Each resource carries a record in its description that says whose it is, and a name that begins
// with a hash of cluster and load balancer. Endpoints without a zone or a node cannot be in a zonal
// group and are left out.
//
// Some values of supported features the API has no words for, or does not take, and Refuse names
// what has them: a redirect from HTTPS down to HTTP, one of a host that is not a single name from a
// port of its own to another scheme, a header or query parameter that must be empty, a whole path
// that is replaced below a prefix with a star or a brace in it, paths that are too long with what
// must be added to them, weights too far apart, changes of headers that are Google's or of one hop,
// header values with braces, TLS policies that differ within a port, health checks out of bounds.
// More than one static address refuses the load balancer.
//
// Google Cloud calls an endpoint healthy only for status 200, whatever statuses the model's health
// check admits.
package gcp
