// Package kube turns Kubernetes objects into load balancers of the neutral model.
//
// [Build] is pure. It gets objects that something else read (the cache of an informer, a folder of
// manifests), changes none of them, and returns load balancers, with a [model.Problem] for every
// part of an object that is not served as written. An invalid object, rule or path affects nothing
// else.
//
// # How it works
//
// A source reads the objects of one kind. It attaches each object to load balancers, as an
// [Attachment] with claims: a [Claim] asks that a listener does something with the requests for one
// host that meet one match. The assembly turns the claims on each load balancer into a model. It
// knows nothing of kinds, and decides conflicts, certificates, groups and shared settings. Refused
// claims stay in the [Result], with the reason.
//
// # The load balancer of an Ingress
//
// Each Ingress is one load balancer, with the ID "namespace/name". Ingresses that name the same
// group with the annotation headgate.io/group share one, with the ID "group/NAME", across
// namespaces. An Ingress in a namespace called "group" has the ID "ingress/group/name" instead, so
// that its ID differs from that of a group.
//
// # Paths, hosts and rules without paths
//
// ImplementationSpecific means Prefix. An empty path means "/", except for Exact, where it is
// refused. A rule without paths sends all requests of its host to the default backend. A wildcard
// host stands for exactly one label, unless headgate.io/wildcard-hosts is any-depth. A request that
// matches nothing goes to the default backend, or gets 404.
//
// # HTTP and HTTPS
//
// Port 80 serves every route, unless headgate.io/http is "off". Port 443 serves the routes whose
// host a spec.tls entry of the same Ingress covers, if that entry has a valid certificate. A route
// without a host, or with a wildcard host, is on port 443 if an entry covers at least one of its
// hosts. With headgate.io/tls-redirect, port 80 redirects exactly the hosts that port 443 covers.
//
// # Conflicts
//
// If objects on one load balancer disagree, the older one takes precedence, then the one whose
// namespace/name sorts first. The problem is reported on the other one, and names the winner.
//
// # Groups
//
// The ID of a group is "namespace/service:port". If an Ingress adds settings to those of the
// Service, a digest of what it adds follows. The ID does not depend on other objects, nor on
// settings that are not set.
//
// Of two objects with the same kind and name, only the first is read.
package kube
