// Package controller runs [reconcile.Engine] in a cluster, on controller-runtime.
//
// [NewManager] returns a manager whose caches contain the objects that load balancers are built
// from, reduced to the fields that are used, and whose lease fences the cloud. [Setup] adds the
// controller to that manager, or to one of your own.
//
// # Structure and endpoints
//
// A change of an Ingress, a Service, a Secret or a class queues the load balancers that it
// concerns. A pass then reads their objects from the cache by index, builds and seals the load
// balancer, and passes it to the engine. A change of an EndpointSlice takes the fast path: only the
// endpoints of the groups that its Service feeds are passed to the engine, without a build. The
// first change after a quiet time is applied at once. Later ones are batched for [Options.Window],
// so that many pods that become ready one after another cost few writes.
//
// The queue contains load balancers, not objects. There is one pass at a time over each load
// balancer, and no pass waits for that of another.
//
// # Deletion
//
// A load balancer is deleted when all objects that claimed it are being deleted or name another
// controller, and still have the finalizer. A load balancer in the cloud without any object is
// garbage: its objects vanished, or were deleted while no controller ran. It is collected under a
// guard, see [Options.Guard]. A missing class deletes nothing: objects with the finalizer are still
// served.
//
// An object that is being deleted waits, together with its namespace, until nothing of its load
// balancer is left in the cloud. If the cloud no longer exists, the annotation headgate.io/abandon:
// "true" on the object or on the namespace releases it, and an event reports what stays in the
// cloud.
//
// # Readiness gates
//
// The webhook of [AddWebhook] gives a new pod one condition for each port of a Service behind a
// load balancer that the pod will belong to ([GateType]). A pod that waits only for such conditions
// is registered like a ready one. The condition becomes true when routes refer to the group, the
// load balancer is provisioned, and the cloud reports the pod healthy; or when there is no such
// load balancer any more.
//
// # Components
//
// The reconciler makes passes. It is composed of components that refer to each other only by narrow
// interfaces: pending work, finalizers, the builder, the endpoint updater, the event recorder, the
// status writer, readiness gates and the garbage collector. A kind of object that claims load
// balancers is one file, as ingress.go, and an entry in kind.go.
package controller
