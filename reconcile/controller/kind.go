package controller

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// kind is one kind of object that asks for load balancers. Another one is another file that has
// this interface, and a place in kinds.
type kind interface {
	// object is an empty one, to watch.
	object() client.Object
	// name is the kind as it stands in origins.
	name() string
	// balancer is the load balancer that an object belongs to.
	balancer(o client.Object) model.ID
	// list returns those objects that a field index finds.
	list(ctx context.Context, r client.Reader, field, value string) ([]client.Object, error)
	// class tells whose the object's class is.
	class(ctx context.Context, r client.Reader, o client.Object, controller string) (whose, error)
	// services and secrets are what an object refers to, by "namespace/name".
	services(o client.Object) []string
	secrets(o client.Object) []string
	// add puts an object that is served among those that are built.
	add(to *kube.Objects, o client.Object)
	// addresses are what the status of an object shows, and withAddresses is a copy of it that
	// shows others.
	addresses(o client.Object) []string
	withAddresses(o client.Object, addresses []string) client.Object
	indexes() []Index
}

// kinds is every kind that is served.
func kinds() []kind { return []kind{ingressKind{}} }

// whose tells whose a class is.
type whose int

const (
	nobodys whose = iota // the class is gone, or there is none to fall back to
	ours
	others
)

// standing is what an object means for its load balancer.
type standing int

const (
	bystander standing = iota // somebody else serves it, or nobody
	asking
	leaving // it was served here, and is not to be any more
)

// standingOf decides by the class, the finalizer and the time of deletion. A class that is gone
// proves nothing about an object that was served before.
func standingOf(w whose, finalized, deleted bool) standing {
	switch {
	case deleted && finalized:
		return leaving
	case deleted:
		return bystander
	case w == ours, w == nobodys && finalized:
		return asking
	case finalized:
		return leaving
	default:
		return bystander
	}
}
