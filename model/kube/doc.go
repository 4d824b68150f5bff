// Package kube turns Kubernetes objects into load balancers of the neutral model.
//
// [Build] is pure: it takes objects that something else read (an informer's cache, a folder of
// manifests), changes none of them, and returns load balancers together with a [model.Problem] for
// every part of an object that could not be taken as written. One bad object, rule or path costs
// only itself.
//
// # Which load balancer an Ingress belongs to
//
// Each Ingress is one load balancer, with the ID "namespace/name". Ingresses that name the same
// group by the annotation headgate.io/group share one, with the ID "group/NAME", across namespaces.
// A namespace that is itself called "group" would make the two collide, so an Ingress there has the
// ID "ingress/group/name": three parts never come from anything else.
//
// # What a path, a host and a missing rule mean
//
// ImplementationSpecific means Prefix. An empty path means "/", but for Exact, where it is refused.
// A rule without paths sends all of its host to the default backend. A wildcard host stands for
// exactly one label, unless headgate.io/wildcard-hosts says any-depth. A request that nothing
// matches gets the default backend, or 404.
//
// # HTTP and HTTPS
//
// Port 80 serves every route, unless headgate.io/http is "off". Port 443 serves the routes whose
// host a spec.tls entry of the same Ingress covers, once that entry has a usable certificate. A
// route without a host, or with a wildcard host, is on port 443 when an entry covers at least one
// of its hosts. With headgate.io/tls-redirect, port 80 redirects exactly those hosts that port 443
// covers.
//
// # Conflicts
//
// Where Ingresses that share a load balancer disagree, the older one wins, then the one whose
// namespace/name sorts first. The problem is reported on the other one and names the winner.
//
// Each object is expected once; an Objects that holds two of the same kind and name is taken as if
// the second were not there.
package kube
