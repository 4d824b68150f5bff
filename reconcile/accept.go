package reconcile

import (
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Accept returns the part of a load balancer that the provider can express, without unsupported
// features and without the values that a [provider.Refuser] names, and the problems of what was
// left out. ok is false if nothing can be served. [Engine.Set] calls it first; a program that only
// checks objects calls it directly.
func Accept(p provider.Provider, lb model.Sealed) (accepted model.Sealed, problems []model.Problem, ok bool) {
	accepted, problems, ok = model.Accept(lb, p.Capabilities())
	refuser := provider.ExtensionsOf(p).Refuser
	if !ok || refuser == nil {
		return accepted, problems, ok
	}
	var parts []model.Part
	for _, refusal := range refuser.Refuse(accepted) {
		parts = append(parts, refusal.Part)
		problems = append(problems, refusal.Problems...)
	}
	if len(parts) == 0 {
		return accepted, problems, true
	}
	left, ok := model.Without(accepted, parts)
	return left, problems, ok
}
