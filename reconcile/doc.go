// Package reconcile brings a cloud to what sealed models say, through any provider.
//
// An [Engine] keeps what is wanted and what was observed. [Engine.Plan] tells what would be done,
// [Engine.Sync] does what can be done now and returns when to look again, [Engine.Apply] goes on
// until all is through. A change of endpoints goes a short way of its own: [Engine.SetEndpoints],
// then Sync, costs one write for each resource that holds the group's members and reads nothing.
//
// The package needs no Kubernetes client.
package reconcile
