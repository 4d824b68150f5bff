// Package model holds the neutral words of Headgate: what a load balancer is, whatever the cloud.
//
// A [LoadBalancer] is built by hand or from Kubernetes objects (package model/kube), then sealed:
// [Seal] copies it, sets defaults, sorts, validates and digests. Only a [Sealed] model reaches a
// provider. [Decide] is the reference router: it answers for any request which route, action and
// groups a sealed model stands for, and every cloud is held to its answer. [Check] tells what a
// provider cannot express.
//
// The package imports the standard library alone.
package model
