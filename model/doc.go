// Package model is the cloud-neutral model of a load balancer.
//
// A [LoadBalancer] is built by hand or from Kubernetes objects (package model/kube). [Seal] copies
// it, sets defaults, sorts, validates and digests it. Only a [Sealed] model reaches a provider.
// [Decide] is the reference router: it returns the route, action and groups for any request, and
// every cloud is tested against it. [Check] returns what a provider cannot express. A [Setting]
// declares one value that users may choose.
//
// The package imports only the standard library.
package model
