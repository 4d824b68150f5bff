package library

import (
	"context"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/reconcile"
)

// Serve brings a cloud to the state that the objects ask for. It returns what was done, and the
// problems of the objects. Use the same engine for all calls, so that it can retain the last known
// good configuration of an object that becomes invalid.
func Serve(ctx context.Context, engine *reconcile.Engine, controller string, objects kube.Objects) (reconcile.Report, []model.Problem, error) {
	built := kube.Build(objects, kube.Options{Controller: controller})
	problems := built.Problems
	for _, lb := range built.LoadBalancers {
		sealed, invalid, err := model.SealValid(lb)
		problems = append(problems, invalid...)
		if err != nil {
			continue // invalid has the reason; other load balancers are not affected
		}
		// the engine retains the last known good configuration of the objects with problems
		problems = append(problems, engine.Set(sealed, problems...)...)
	}
	report, err := engine.Apply(ctx)
	return report, problems, err
}
