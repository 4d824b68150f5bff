// Package azuretest is an embedded Azure for tests. It serves the part of Azure Resource Manager
// for application gateways, public IP addresses, virtual networks and network security groups over
// HTTP, with the real wire protocol. It also runs the data plane of Application Gateway v2, which
// routes real requests to real sockets as the stored gateways define.
//
// The server stores state, checks every request as Azure does, runs long-running operations, and
// injects faults. If Azure's documentation does not define whether something is permitted, the
// server refuses it, and a comment begins with "Unverified:". BEHAVIOUR.md lists each behaviour
// with its source.
package azuretest
