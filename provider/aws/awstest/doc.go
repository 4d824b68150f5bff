// Package awstest is AWS embedded in a process: Elastic Load Balancing v2, the parts of EC2 that a
// load balancer needs, Certificate Manager and what the Resource Groups Tagging API tells of load
// balancers, behind the wire protocol that the AWS SDK speaks, with an Application Load Balancer's
// data plane that proxies to real sockets.
//
// It keeps state, checks each request as AWS documents it, and refuses with AWS's own codes. It
// knows nothing of Headgate's model: everything that it routes by is in the objects that clients
// stored. BEHAVIOUR.md names the page behind each behaviour; what no page confirms is marked
// "Unverified" in the code, and there the stricter reading holds.
//
//	cloud := awstest.NewServer(awstest.Options{LoopbackTargets: true})
//	defer cloud.Close()
//	// give the SDK's clients cloud.URL() as BaseEndpoint and any static credentials
package awstest
