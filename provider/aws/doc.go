// Package aws is the provider for Amazon Web Services. It manages Application Load Balancers with
// IP targets.
//
// The model maps to AWS as follows:
//
//	model                     AWS
//	LoadBalancer              Application Load Balancer, and a security group that opens its ports
//	Listener                  listener; listeners that share a port are merged into one
//	Entry (a host, a match)   rule: the conditions identify it, its position becomes its priority
//	Action                    forward (weighted), redirect or fixed-response
//	Group                     target group of type ip; its name covers what cannot change in place
//	Endpoints of a group      registered targets
//	Certificate with its key  certificate imported into Certificate Manager
//	Certificate by reference  its ARN
//
// Every resource is created with tags that name its cluster and its load balancer. The provider
// never changes a resource without these tags. Tag keys begin with headgate.io/.
//
// New targets are registered before old ones are deregistered. The quota "Targets per Application
// Load Balancer" (1,000 over all its target groups) may leave no room for both. Then as many
// targets are deregistered first as are waiting to be registered, in this order:
//
//  1. targets that are no longer wanted
//  2. unhealthy retained targets
//  3. healthy retained targets, at most a quarter of the healthy targets, and never the last one
//
// A retained target is one that is wanted only until its replacement is healthy. The rest follows
// when the new targets are healthy and the old ones have drained. A target that is wanted is never
// deregistered: what does not fit fails with code Quota.
//
// The provider does not manage the security groups of pods or nodes. They must admit traffic from
// the subnets of the load balancers.
package aws
