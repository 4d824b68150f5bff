// Package gcptest is an embedded Google Cloud for tests. Its control plane is an HTTP server with
// the wire protocol of compute/v1, for the client google.golang.org/api/compute/v1 with
// option.WithEndpoint and option.WithoutAuthentication. Its data plane serves HTTP by the
// documented rules of application load balancers.
//
// The server stores resources, validates requests as the cloud does, and responds to writes with
// operations. It rejects fields that it does not emulate, so that nothing is accepted without
// effect. BEHAVIOUR.md lists each behaviour with its source, or as unverified.
package gcptest
