package reconcile

import (
	"context"
	"errors"
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// maxFailures is the number of consecutive passes that may fail without progress before Apply gives
// up.
const maxFailures = 6

// Apply makes passes until the plan is complete, ctx ends, or only failures remain. The report
// lists every op that was carried out and every op that remains. The error joins all failures; the
// report is valid even if the error is not nil.
func (e *Engine) Apply(ctx context.Context, ids ...model.ID) (Report, error) {
	var sum Report
	failures := 0
	for {
		r, err := e.Sync(ctx, ids...)
		if err != nil {
			failures++
			if len(sum.Results) == 0 || failures > maxFailures || ctx.Err() != nil {
				return sum, errors.Join(sum.Err(), err)
			}
			r = Report{Again: retryFailed}
		} else {
			failures = count(failures, r)
			sum.add(r)
		}
		if r.Again == 0 || failures > maxFailures {
			return sum, errors.Join(sum.Err(), ctx.Err())
		}
		if err := e.pause(ctx, r, failures); err != nil {
			return sum, errors.Join(sum.Err(), err)
		}
	}
}

// count returns the number of consecutive passes that failed without completing an op.
func count(before int, r Report) int {
	failed := false
	for _, res := range r.Results {
		for _, s := range res.Steps {
			switch s.Outcome.State {
			case provider.Done:
				return 0
			case provider.Failed:
				failed = true
			case provider.Pending, provider.Blocked:
			}
		}
	}
	if failed {
		return before + 1
	}
	return 0
}

// pause waits until the next pass is due. The wait doubles with each consecutive failure.
func (e *Engine) pause(ctx context.Context, r Report, failures int) error {
	again := r.Again << min(failures, maxFailures)
	e.progress(Event{Waiting: waitingFor(r)})
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-e.o.Clock.After(again):
		return nil
	}
}

func waitingFor(r Report) string {
	for _, res := range r.Results {
		for _, s := range res.Steps {
			switch {
			case s.Retained:
			case s.Wait != "":
				return s.Key.String() + ": " + s.Wait
			case s.Outcome != nil && s.Outcome.State == provider.Pending:
				return s.Key.String() + ": the cloud is busy with it"
			}
		}
	}
	return "for the cloud"
}

// add merges the report of a later pass into r: completed steps stay, all others are replaced.
func (r *Report) add(later Report) {
	for _, res := range later.Results {
		i := slices.IndexFunc(r.Results, func(x Result) bool { return x.ID == res.ID })
		if i < 0 {
			r.Results = append(r.Results, res)
			continue
		}
		r.Results[i] = r.Results[i].join(res)
	}
	r.Again = later.Again
}

func (r Result) join(later Result) Result {
	earlier := slices.DeleteFunc(slices.Clone(r.Steps), func(s Step) bool {
		if s.Retained { // a later pass that planned only endpoints does not list it
			return slices.ContainsFunc(later.Steps, func(l Step) bool { return l.Key == s.Key })
		}
		return s.Outcome.State != provider.Done
	})
	later.Steps = append(earlier, later.Steps...)
	return later
}
