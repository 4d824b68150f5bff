// Package fake is the reference plugin: a small cloud in memory, and the provider for it.
//
// A [Cloud] holds state, and outlives the providers made for it, as a cloud outlives the processes
// that talk to it. It counts calls, fails on request, before an effect or after it, and has a data
// plane of its own when it is given a way to reach pods. A [Provider] reads side by side with those
// of the real clouds: the same files, the same order.
//
//	model            cloud
//	LoadBalancer     LoadBalancer, with an address
//	Certificate      Certificate, its fingerprint in the name
//	Listener         Listener, part of a load balancer
//	Route            Rule for each host and match, with a priority; the rules of a listener are one unit
//	Group            Group, what cannot change in the name
//	Endpoints        Members of a Group
//
// With [Options].Document all of a cluster is one unit instead, as on a shared Application Gateway.
package fake
