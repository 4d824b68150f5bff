// Package aws is the plugin for Amazon Web Services: Application Load Balancers with IP targets.
//
// How the model maps:
//
//	model                     AWS
//	LoadBalancer              Application Load Balancer, and a security group that opens its ports
//	Listener                  listener; listeners of one port with several host names are one
//	Entry (a host, a match)   rule: its conditions are its identity, its place in the order its priority
//	Action                    forward (weighted), redirect or fixed-response
//	Group                     target group of type ip; its name has in it all that cannot change
//	Endpoints of a group      registered targets
//	Certificate with its key  certificate imported into Certificate Manager
//	Certificate by reference  its ARN
//
// Every resource is tagged with the cluster and the load balancer that it serves, at its creation;
// what lacks the tags is not touched. Tag keys begin with headgate.io/.
//
// New targets are registered before others are deregistered. Where the quota of targets leaves no
// room for both ("Targets per Application Load Balancer", 1,000 over all its target groups), as
// many targets go first as come: those that are not wanted, then those that only stay until others
// can serve and are not healthy, and then at most a quarter of the healthy ones, of those that only
// stay, and never the last healthy one. The rest follows when the new ones are healthy and what
// went has drained. Targets that are wanted never go: what is wanted beyond the quota fails with
// code Quota.
//
// The security groups of pods or nodes are not managed: they must let the load balancers' subnets
// in.
package aws
