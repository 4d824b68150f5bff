// Package library shows Headgate as a library: the whole way from Kubernetes objects to a load
// balancer, in the few lines of [Serve]. A controller of one's own calls the same functions with
// what its watches hold.
package library
