package controller

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/headgate-io/headgate/model"
)

// classState is the relation of an object's class to this controller.
type classState int

const (
	classMissing classState = iota // the class does not exist, or there is no default class
	classOurs
	classForeign
)

// ownership is the relation of an object to this controller.
type ownership int

const (
	ignored   ownership = iota // another controller serves it, or none does
	owned                      // it claims its load balancers
	releasing                  // it was served here, and no longer is to be
)

// ownershipOf decides by the class, the finalizer and the deletion timestamp. A missing class does
// not release an object that was served before.
func ownershipOf(class classState, finalized, deleted bool) ownership {
	switch {
	case deleted && finalized:
		return releasing
	case deleted:
		return ignored
	case class == classOurs, class == classMissing && finalized:
		return owned
	case finalized:
		return releasing
	default:
		return ignored
	}
}

// claimant is an object that claims a load balancer, or claimed it until now.
type claimant struct {
	kind   kind
	object client.Object
}

func (c claimant) ref() model.Ref {
	return model.Ref{Kind: c.kind.resource().name, Namespace: c.object.GetNamespace(), Name: c.object.GetName()}
}

func (c claimant) deleted() bool { return c.object.GetDeletionTimestamp() != nil }

func refsOf(all []claimant) []model.Ref {
	out := make([]model.Ref, len(all))
	for i := range all {
		out[i] = all[i].ref()
	}
	return out
}

// claimantLister finds the objects of a load balancer.
type claimantLister interface {
	claimants(ctx context.Context, id model.ID) (owned, releasing []claimant, err error)
}

// owners finds the objects of load balancers and decides which of them this controller owns.
type owners struct {
	reader     client.Reader
	kinds      []kind
	controller string // the name that classes give
	finalizer  string
}

// claimants returns the objects that claim a load balancer, and those that are releasing it.
func (w owners) claimants(ctx context.Context, id model.ID) (claiming, released []claimant, err error) {
	for _, k := range w.kinds {
		objects, err := k.list(ctx, w.reader, byBalancer, string(id))
		if err != nil {
			return nil, nil, err
		}
		for _, o := range objects {
			state, err := w.of(ctx, k, o, id)
			if err != nil {
				return nil, nil, err
			}
			switch state {
			case owned:
				claiming = append(claiming, claimant{k, o})
			case releasing:
				released = append(released, claimant{k, o})
			case ignored:
			}
		}
	}
	return claiming, released, nil
}

// of returns the ownership of an object, as far as one of its load balancers is concerned.
func (w owners) of(ctx context.Context, k kind, o client.Object, id model.ID) (ownership, error) {
	class, err := k.classOf(ctx, w.reader, o, id, w.controller)
	if err != nil {
		return ignored, err
	}
	return ownershipOf(class, controllerutil.ContainsFinalizer(o, w.finalizer), o.GetDeletionTimestamp() != nil), nil
}

// classObject is a class that names this controller.
type classObject struct {
	ref         model.Ref
	annotations map[string]string
}

// classes returns the classes of all kinds that name this controller.
func (w owners) classes(ctx context.Context) ([]classObject, error) {
	var out []classObject
	for _, k := range w.kinds {
		found, err := k.classes(ctx, w.reader, w.controller)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			out = append(out, classObject{model.Ref{Kind: k.class().name, Name: o.GetName()}, o.GetAnnotations()})
		}
	}
	return out, nil
}
