// Package provider is the contract between Headgate's core and a cloud.
//
// A [Provider] turns a sealed model into the resources of its cloud ([Provider.Translate],
// [Provider.Members]), tells what is there ([Provider.Observe]), how the two differ
// ([Provider.Compare]), and carries out the writes of one unit ([Provider.Do]). What comes in which
// order, what must wait and what may run side by side is the core's affair: it follows from the
// references between resources alone, so a provider has no sequence of its own.
//
// Three further interfaces are optional. A [HealthReader] lets the core wait until the cloud
// reports that new endpoints are healthy. A [Stager] lets the core have a group checked before it
// receives requests. A [Refuser] names values that the cloud does not accept. [ExtensionsOf]
// returns those that a provider has, and [Intercept] surrounds its calls without losing any.
//
// The suite in providertest quotes the sentences of this contract and tests each.
package provider
