package reconcile

import (
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Accept leaves out of a load balancer what the provider cannot express: features that it does not
// have, and values that it refuses. ok is false when nothing can be served. It is what [Engine.Set]
// does first; a program that only wants to know calls it alone.
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
