package reconcile

import (
	"errors"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Report is the result of a plan, a pass or an apply, by load balancer, in the order of their IDs.
type Report struct {
	Results []Result
	// Again is the time after which to make another pass; zero if nothing waits.
	Again time.Duration
}

// Result is the part of a report about one load balancer.
type Result struct {
	ID model.ID
	// Steps are the ops, in order, with their outcomes.
	Steps []Step
	// Problems are the parts of objects that are not served as written.
	Problems []model.Problem
	// Addresses are the IP addresses or host names of the load balancer, once the cloud reports
	// them.
	Addresses []string
	// Err is why the load balancer could not be planned, or a [GuardError]. Nothing of the load
	// balancer was changed then.
	Err error
}

// Step is one op of a report.
type Step struct {
	provider.Op
	Outcome *provider.Outcome // nil in a plan
	// Retained reports whether the op is listed for information only. It would remove or change the
	// last known good configuration of a refused object, and is not carried out until that object
	// is valid again (see [Engine.Retain]).
	Retained bool
}

// Empty reports whether there is nothing to do. Retained steps do not count.
func (r Report) Empty() bool {
	for _, res := range r.Results {
		if slices.ContainsFunc(res.Steps, func(s Step) bool { return !s.Retained }) {
			return false
		}
	}
	return true
}

// Refused reports whether any object was refused, in whole or in part.
func (r Report) Refused() bool {
	for _, res := range r.Results {
		for _, p := range res.Problems {
			if p.Refuses() {
				return true
			}
		}
	}
	return false
}

// Err joins the errors of load balancers that could not be planned and of ops that failed.
func (r Report) Err() error {
	var errs []error
	for _, res := range r.Results {
		errs = append(errs, res.Err)
		for _, s := range res.Steps {
			if s.Outcome != nil && s.Outcome.State == provider.Failed {
				errs = append(errs, s.Outcome.Err)
			}
		}
	}
	return errors.Join(errs...)
}
