package reconcile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/model"
)

var (
	errNothingToServe = errors.New("the provider can serve nothing of it")
	errNoLoadBalancer = errors.New("no such load balancer is wanted")
	errNoGroup        = errors.New("the load balancer has no such group")
	errOutcomes       = errors.New("the provider did not answer for each op")
)

// GuardError stops a pass that would take away more than a guard allows. Nothing was changed.
type GuardError struct {
	LoadBalancers []model.ID // that would be deleted
	Existing      int        // that exist
	Share         float64    // that may be deleted at once
}

// Error says what would be deleted and what the guard allows.
func (e *GuardError) Error() string {
	names := make([]string, len(e.LoadBalancers))
	for i, id := range e.LoadBalancers {
		names[i] = string(id)
	}
	return fmt.Sprintf("guard: %d of %d load balancers would be deleted at once, more than a share of %g: %s",
		len(names), e.Existing, e.Share, strings.Join(names, ", "))
}
