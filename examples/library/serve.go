package library

import (
	"context"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// Serve brings a cloud to what the objects ask for. It returns what was done, and everything that is wrong with the objects.
func Serve(ctx context.Context, cloud provider.Provider, objects kube.Objects) (reconcile.Report, []model.Problem, error) {
	engine := reconcile.New(cloud, reconcile.Options{})
	built := kube.Build(objects, kube.Options{Controller: "headgate.io/" + cloud.Name()})
	problems := built.Problems
	for _, lb := range built.LoadBalancers {
		sealed, invalid, err := model.SealValid(lb)
		problems = append(problems, invalid...)
		if err != nil {
			continue // its problems say why; the other load balancers do not suffer for it
		}
		problems = append(problems, engine.Set(sealed)...)
	}
	report, err := engine.Apply(ctx)
	return report, problems, err
}
