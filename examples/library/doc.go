// Package library uses Headgate as a library: [Serve] goes from Kubernetes objects to a load
// balancer in a few lines. A custom controller calls the same functions with the objects of its
// caches.
package library
