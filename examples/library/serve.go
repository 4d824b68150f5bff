package library

import (
	"context"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/reconcile"
)

// Serve brings a cloud to what the objects ask for. It returns what was done, and everything that
// is wrong with the objects. The engine outlives the call: an object that is broken later keeps
// what it served.
func Serve(ctx context.Context, engine *reconcile.Engine, controller string, objects kube.Objects) (reconcile.Report, []model.Problem, error) {
	built := kube.Build(objects, kube.Options{Controller: controller})
	problems := built.Problems
	for _, lb := range built.LoadBalancers {
		sealed, invalid, err := model.SealValid(lb)
		problems = append(problems, invalid...)
		if err != nil {
			continue // its problems say why; the other load balancers do not suffer for it
		}
		// told what is wrong, it keeps what that served before
		problems = append(problems, engine.Set(sealed, problems...)...)
	}
	report, err := engine.Apply(ctx)
	return report, problems, err
}
