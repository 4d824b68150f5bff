// Package controller runs [reconcile.Engine] in a cluster, on controller-runtime.
//
// [NewManager] makes a manager whose caches hold what load balancers come from, trimmed to the
// fields that are used, and whose lease fences the cloud. [Setup] adds the controller to a manager,
// one's own or that one.
//
// # Two paths
//
// A change of an Ingress, a Service, a Secret or a class marks the load balancers that it concerns.
// Their objects are gathered from the cache by index, built, sealed and handed to the engine: the
// structure path. A change of an EndpointSlice goes straight to the groups that its Service feeds,
// with no rebuild: the endpoint path. Its changes are gathered for [Options.Window] after one that
// was carried out, so that many pods that become ready one after the other cost few writes, and a
// lone one costs no wait.
//
// The queue holds load balancers, never objects: no load balancer is worked on twice at a time, and
// none waits for another.
//
// # What is deleted, and on whose word
//
// A load balancer goes when each object that asked for it is being deleted, or names another
// controller, and still has the finalizer. What the cloud holds and no object asks for, after a
// start or when objects vanished without a word, is collected under a guard: see [Options.Guard]. A
// class that is gone proves nothing: objects with the finalizer are served on.
//
// An object that is being deleted waits until nothing of its load balancer is left in the cloud,
// and its namespace with it. Where the cloud is gone for good, the annotation headgate.io/abandon:
// "true" on the object, or on the namespace, lets it go; an event says what is left behind.
//
// # Readiness gates
//
// The webhook of [AddWebhook] gives a new pod one condition for each port of a Service behind a
// load balancer that it will belong to ([GateType]). A pod that lacks nothing but such conditions
// is registered like a ready one. The condition is set once routes refer to the group, the load
// balancer is provisioned, and the cloud itself calls the pod healthy; and when there is no such
// load balancer any more.
package controller
