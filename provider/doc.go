// Package provider is the contract between Headgate's core and a cloud.
//
// A [Provider] has five duties. It turns a sealed model into resources of its cloud
// ([Provider.Translate], [Provider.Members]), observes the resources that exist
// ([Provider.Observe]), compares the two ([Provider.Compare]), and carries out changes
// ([Provider.Do]). The core decides the order of changes, what has to wait, and what may run in
// parallel. All of that follows from the references between resources ([Resource.Needs]), so a
// provider has no sequence of its own.
//
// Three further interfaces are optional. A [HealthReader] lets the core wait until the cloud
// reports new endpoints healthy. A [Stager] lets the core get a group health-checked before it
// receives requests. A [Refuser] names values that the cloud does not accept. [ExtensionsOf]
// returns the optional interfaces of a provider, and [Intercept] wraps its calls without losing
// any of them.
//
// Two words are used throughout. want is a desired resource, made by the provider from the model;
// have is an observed resource, made by the provider from the cloud's answer.
//
// The suite in providertest quotes the sentences of this contract and tests each one.
package provider
