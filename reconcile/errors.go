package reconcile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/model"
)

var (
	errNothingToServe = errors.New("the provider cannot serve any part of the load balancer")
	errNoLoadBalancer = errors.New("the load balancer is not known")
	errNoGroup        = errors.New("the load balancer has no such group")
	errOutcomes       = errors.New("the provider did not return one outcome for each op")
)

// GuardError means that a pass would delete more load balancers than the guard allows. Nothing was
// changed.
type GuardError struct {
	LoadBalancers []model.ID // those that would be deleted
	Existing      int        // how many exist
	Share         float64    // the share of them that one pass may delete
}

// Error names the load balancers that would be deleted, and what the guard allows.
func (e *GuardError) Error() string {
	names := make([]string, len(e.LoadBalancers))
	for i, id := range e.LoadBalancers {
		names[i] = string(id)
	}
	return fmt.Sprintf("guard: %d of %d load balancers would be deleted at once, more than the allowed share of %g: %s",
		len(names), e.Existing, e.Share, strings.Join(names, ", "))
}
