// Package azure is the provider for Azure Application Gateway v2.
//
// An application gateway is one document: all of its parts travel in one write, which takes effect
// as a whole. With [Options.Gateway], all load balancers share that gateway, each with its own
// named parts. The rest of the document stays as it is, including properties that this package does
// not know. Without it, each load balancer gets its own gateway with a public address.
//
//	model                     Application Gateway
//	load balancer             parts of a gateway, or a gateway with its public IP address
//	listener, and each host   httpListeners, one for each host and port
//	order of hosts            the priorities of requestRoutingRules
//	routes of a host          urlPathMaps, or the target of a basic rule
//	order of paths            the order of the path rules in a map
//	redirect                  redirectConfigurations
//	group                     backendAddressPools, backendHttpSettings and a probe, all of one name
//	endpoints of a group      the addresses of its pool
//	certificate               sslCertificates, named by fingerprint
//
// # Ownership
//
// Parts have no tags. The names of a cluster's parts begin with "hg-" and a hash of the cluster ID.
// Tags of the gateway, whose names begin with "headgate-" and the same hash, record the load
// balancer and the group that each hash in a name stands for. Tags and parts are written together.
//
// # Deviations
//
// The gateway compares paths without case. It has no fixed responses, so it answers with 502 where
// there is no backend, and where no route of a known host matches the path. An endpoint is healthy
// after one good answer, whatever the healthy threshold of the check. [Provider.Capabilities] lists
// all deviations, and [Provider.Refuse] the values that cannot be expressed.
package azure
