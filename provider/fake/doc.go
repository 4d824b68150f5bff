// Package fake is the reference provider, for a small cloud in memory.
//
// A [Cloud] stores state and outlives the providers that use it, as a cloud outlives the processes
// that call it. It records calls and injects faults, before or after a call has taken effect. It
// has a data plane if it has a way to reach pods. The [Provider] has the same files as those of the
// real clouds.
//
//	model            cloud
//	LoadBalancer     LoadBalancer, with an address
//	Certificate      Certificate, its fingerprint in the name
//	Listener         Listener, part of a load balancer
//	Route            Rule for each host and match, with a priority
//	Group            Group, with what cannot change in the name
//	Endpoints        Members of a Group
//
// The rules of a listener share a write scope. With [Options.Document], all resources of a cluster
// share one, as on a shared Application Gateway.
package fake
