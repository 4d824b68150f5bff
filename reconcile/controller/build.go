package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// structureEngine accepts the desired state of load balancers.
type structureEngine interface {
	Set(lb model.Sealed, found ...model.Problem) []model.Problem
}

// builder is the structure path: it builds load balancers from their objects and passes them to the
// engine.
type builder struct {
	loader     *loader
	engine     structureEngine
	endpoints  *endpointUpdater
	derived    settingsDeriver
	routes     routeTable
	metrics    *Metrics
	controller string // the name that classes give
}

var errNotBuilt = errors.New("its objects do not define this load balancer")

// build builds a load balancer from its claimants. It reports whether endpoints that changed during
// the build require another one.
func (u *builder) build(ctx context.Context, id model.ID, b *balancer, claimants []claimant) (again bool, err error) {
	objects, err := u.loader.load(ctx, &b.services, claimants)
	if err != nil {
		return false, err
	}
	built := kube.Build(objects, kube.Options{Controller: u.controller})
	i := slices.IndexFunc(built.LoadBalancers, func(lb model.LoadBalancer) bool { return lb.ID == id })
	if i < 0 {
		return false, fmt.Errorf("build: %w", errNotBuilt)
	}
	lb := built.LoadBalancers[i]
	b.origins = lb.Origins
	lb.Groups = slices.Clone(lb.Groups)
	for g := range lb.Groups {
		lb.Groups[g].Endpoints = u.endpoints.promote(ctx, lb.Groups[g].Endpoints)
	}
	u.derived.retain(ctx, &b.derived, lb.Groups)
	b.derived.retainScheme(&lb, built.Problems)
	return u.configure(ctx, id, b, lb, built)
}

// configure seals a load balancer and passes it to the engine. If it cannot be sealed, the engine
// retains its desired state, and the problems are reported.
func (u *builder) configure(ctx context.Context, id model.ID, b *balancer, lb model.LoadBalancer, built kube.Result) (again bool, err error) {
	sealed, problems, err := model.SealValid(lb)
	b.problems = slices.Concat(built.Problems, problems)
	if err != nil {
		return false, nil //nolint:nilerr // the problems report it; a retry cannot help
	}
	accepted := u.engine.Set(sealed, b.problems...)
	b.problems = slices.Concat(b.problems, accepted)
	u.derived.setSources(ctx, &b.derived, lb.Groups)
	for _, g := range lb.Groups {
		u.metrics.endpoints(id, g.ID, g.Endpoints)
	}
	added := u.routes.setRoutes(id, built.Backends, dependsOnNodes(&lb))
	if len(added) == 0 {
		return false, nil
	}
	return u.endpoints.update(ctx, id, &b.derived, added)
}
