// Package provider is the contract between Headgate's core and a cloud.
//
// A [Provider] turns a sealed model into the resources of its cloud ([Provider.Translate],
// [Provider.Members]), tells what is there ([Provider.Observe]), how the two differ
// ([Provider.Compare]), and carries out the writes of one unit ([Provider.Do]). What comes in which
// order, what must wait and what may run side by side is the core's affair: it follows from the
// references between resources alone, so a provider has no sequence of its own.
//
// Two further interfaces are optional. A [HealthReader] lets the core wait until the cloud itself
// says that new endpoints serve. A [Stager] lets it have a group checked for health before any
// request is sent there.
//
// The suite in providertest quotes the sentences of this contract and tests each.
package provider
