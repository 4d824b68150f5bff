// Package gcptest is Google Cloud's load balancing API, embedded: an HTTP server with the wire
// protocol of compute/v1 that the real client (google.golang.org/api/compute/v1 with
// option.WithEndpoint and option.WithoutAuthentication) talks to, and a data plane that serves real
// HTTP by the documented rules of the application load balancers.
//
// It keeps state, checks requests as the cloud does, answers mutations with operations, and refuses
// what it does not emulate with an error that says so, so that nothing is accepted without effect.
// BEHAVIOUR.md lists each behaviour with the page that it comes from, or says that it is
// unverified.
package gcptest
