package main

import (
	"cmp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// input has the load balancers that the objects ask for, and the problems of the objects.
type input struct {
	ids      []model.ID     // of all load balancers, in order
	sealed   []model.Sealed // the ones that are valid
	problems map[model.ID][]model.Problem
	loose    []model.Problem      // of objects that belong to no load balancer
	skipped  int                  // the number of objects of other controllers
	foreign  int                  // the number of objects of other kinds
	sources  map[model.Ref]string // the file of each object; empty for a live cluster
}

const ownDomain = "headgate.io/"

// build converts objects into sealed models. An empty controller selects the objects of all
// controllers of Headgate.
func build(g loaded, controller string) input {
	if controller == "" {
		controller = ownDomain + "any"
		g.objects.IngressClasses = unify(g.objects.IngressClasses, controller)
	}
	result := kube.Build(g.objects, kube.Options{Controller: controller, Strict: g.strict})
	in := input{problems: map[model.ID][]model.Problem{}, skipped: len(result.Skipped), foreign: g.foreign, sources: g.sources}
	owners := map[model.Ref][]model.ID{}
	for _, lb := range result.LoadBalancers {
		in.add(lb)
		for _, o := range objectsOf(lb) {
			owners[o] = append(owners[o], lb.ID)
		}
	}
	for _, p := range append(result.Problems, unread(g.unsupported)...) {
		in.assign(p, owners[p.Origin.Object()])
	}
	return in
}

// unify sets the controller of all classes of Headgate.
func unify(classes []*networkingv1.IngressClass, controller string) []*networkingv1.IngressClass {
	out := make([]*networkingv1.IngressClass, len(classes))
	for i, c := range classes {
		if strings.HasPrefix(c.Spec.Controller, ownDomain) {
			c = c.DeepCopy()
			c.Spec.Controller = controller
		}
		out[i] = c
	}
	return out
}

func (in *input) add(lb model.LoadBalancer) {
	in.ids = append(in.ids, lb.ID)
	sealed, problems, err := model.SealValid(lb)
	if err != nil && len(problems) == 0 {
		problems = []model.Problem{{Origin: firstOrigin(lb), Reason: model.ReasonInvalid, Message: err.Error()}}
	}
	in.problems[lb.ID] = problems
	if err == nil {
		in.sealed = append(in.sealed, sealed)
	}
}

func firstOrigin(lb model.LoadBalancer) model.Ref {
	if len(lb.Origins) == 0 {
		return model.Ref{Kind: "LoadBalancer", Name: string(lb.ID)}
	}
	return lb.Origins[0]
}

// assign adds a problem to every load balancer that its object is part of.
func (in *input) assign(p model.Problem, owners []model.ID) {
	if len(owners) == 0 {
		in.loose = append(in.loose, p)
	}
	for _, id := range owners {
		in.problems[id] = append(in.problems[id], p)
	}
}

// all returns the problems sorted by object, without duplicates.
func (in *input) all() []model.Problem {
	all := slices.Clone(in.loose)
	for _, id := range in.ids {
		all = append(all, in.problems[id]...)
	}
	return distinct(all)
}

func distinct(problems []model.Problem) []model.Problem {
	slices.SortStableFunc(problems, func(a, b model.Problem) int {
		return cmp.Or(cmp.Compare(a.Origin.String(), b.Origin.String()), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}

// objectsOf returns the objects that a load balancer is made of.
func objectsOf(lb model.LoadBalancer) []model.Ref {
	seen := map[model.Ref]bool{}
	note := func(refs ...model.Ref) {
		for _, r := range refs {
			seen[r.Object()] = true
		}
	}
	note(lb.Origins...)
	for _, l := range lb.Listeners {
		note(l.Origins...)
		for _, r := range l.Routes {
			note(r.Origin)
		}
		if l.TLS != nil {
			for _, c := range l.TLS.Certificates {
				note(c.Origin)
			}
		}
	}
	for _, g := range lb.Groups {
		note(g.Origins...)
	}
	objects := make([]model.Ref, 0, len(seen))
	for r := range seen {
		objects = append(objects, r)
	}
	return objects
}

// unread returns a problem for each object of a kind that asks for a load balancer and is not
// supported yet.
func unread(refs []model.Ref) []model.Problem {
	var problems []model.Problem
	for _, r := range refs {
		if r.Kind == "ConfigMap" || r.Kind == "ReferenceGrant" || r.Kind == "GatewayClass" {
			continue
		}
		problems = append(problems, model.Problem{Origin: r, Reason: model.ReasonUnsupported, Message: "the Gateway API is not supported yet"})
	}
	return problems
}
