// Package azuretest is an Azure of its own, embedded in the process: the part of Azure Resource
// Manager that serves application gateways, public IP addresses, virtual networks and network
// security groups, spoken over HTTP with the real wire protocol, and the data plane of Application
// Gateway v2, which routes real requests to real sockets by what the stored gateways say.
//
// The server keeps state, checks every request as Azure does, runs long-running operations, and
// lets a test inject faults. It is meant to be a judge: where Azure's documents do not settle
// whether something is permitted it refuses, and the code says "Unverified:". BEHAVIOUR.md beside
// this file lists each behaviour with the page that it comes from.
package azuretest
