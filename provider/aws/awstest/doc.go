// Package awstest is an embedded AWS account. It serves Elastic Load Balancing v2, the parts of EC2
// that a load balancer needs, Certificate Manager, and the Resource Groups Tagging API for load
// balancers, over the wire protocols that the AWS SDK uses. The data plane of its Application Load
// Balancers proxies to real sockets.
//
// The account keeps state and checks each request as AWS documents it, with the error codes of AWS.
// It does not know the model of Headgate: it routes only by the objects that clients have stored.
// BEHAVIOUR.md cites the page behind each behaviour. What no page confirms is marked "Unverified"
// in the code, and follows the stricter reading.
//
//	cloud := awstest.NewServer(awstest.Options{LoopbackTargets: true})
//	defer cloud.Close()
//	// Set BaseEndpoint of the SDK's clients to cloud.URL(), with any static credentials.
package awstest
