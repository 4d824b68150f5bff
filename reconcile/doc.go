// Package reconcile brings a cloud to the state that sealed models describe, through any provider.
//
// An [Engine] stores the desired state and what it last observed in the cloud. [Engine.Plan]
// returns the changes that would be made. [Engine.Sync] makes one pass: it carries out what can be
// done now and returns when to look again. [Engine.Apply] repeats passes until the plan is
// complete. A change of endpoints has a fast path: [Engine.SetEndpoints] followed by Sync makes one
// write for each resource that has the group's members, and reads nothing.
//
// The package needs no Kubernetes client.
package reconcile
