package reconcile

import (
	"errors"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Report is what one plan, pass or apply found and did, for each load balancer that it was asked
// about, in the order of their IDs.
type Report struct {
	Results []Result
	// Again is when to look again, because something waits; zero when nothing does.
	Again time.Duration
}

// Result is the part of a report that concerns one load balancer.
type Result struct {
	ID model.ID
	// Steps are the ops, in order, with what became of them.
	Steps []Step
	// Problems are parts of objects that are not served as written.
	Problems []model.Problem
	// Addresses are where the load balancer is reached, once the cloud has said so.
	Addresses []string
	// Err is why the load balancer could not be planned, or what a guard stopped; nothing of it was
	// changed.
	Err error
}

// Step is one op. Outcome is nil in a plan.
type Step struct {
	provider.Op
	Outcome *provider.Outcome
	// Spared tells that the op stands here for the reader only: it would take away what a refused
	// object served, and is not carried out until that is mended (see [Engine.Spare]).
	Spared bool
}

// Empty tells whether there is nothing to do; what is spared is not done.
func (r Report) Empty() bool {
	for _, res := range r.Results {
		if slices.ContainsFunc(res.Steps, func(s Step) bool { return !s.Spared }) {
			return false
		}
	}
	return true
}

// Refused tells whether any object was refused in part or whole.
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

// Err joins what failed: load balancers that could not be planned, and ops that failed.
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
