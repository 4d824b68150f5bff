// Package azure is the provider for Azure Application Gateway v2.
//
// An application gateway is one document: all of its parts travel in one write, which takes effect
// as a whole. With [Options.Gateway] every load balancer has its own named parts on that gateway,
// and nothing else of the document is touched, not even properties that this package does not know;
// without it each load balancer gets a gateway of its own, with a public address.
//
//	model                     Application Gateway
//	load balancer             parts of a gateway, or a gateway with its public IP address
//	listener, and each host   httpListeners, one for each host and port
//	order of hosts            the priorities of requestRoutingRules
//	routes of a host          urlPathMaps, or the target of a basic rule
//	order of paths            the order of a map's path rules
//	redirect                  redirectConfigurations
//	group                     backendAddressPools with backendHttpSettings and a probe, of one name
//	endpoints of a group      the addresses of its pool
//	certificate               sslCertificates, named by fingerprint
//
// # Ownership
//
// Parts have no tags. Their names begin with "hg-" and a hash of the cluster, and tags of the
// gateway, which begin with "headgate-" and the same hash, say which load balancer and which group
// a name stands for. Tags and parts are written together.
//
// # What differs
//
// Paths are compared without case. What has no backend, and a path that no route of a known host
// matches, is answered with 502, for the gateway has no fixed responses. An endpoint is healthy
// after one good answer, whatever the healthy threshold of the check. See Capabilities for all of
// it, and Refuse for values that have no form.
package azure
