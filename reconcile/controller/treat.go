package controller

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// treatment is what follows from a code: the reason that objects are told, and when to try again:
// after first, twice as long each time, but never longer than most. It never gives up.
type treatment struct {
	reason      string
	first, most time.Duration
}

// treat is the one table of codes.
func treat(c provider.Code) treatment {
	switch c {
	case provider.NotFound:
		return treatment{"CloudNotFound", time.Second, time.Minute}
	case provider.Conflict:
		return treatment{"CloudConflict", time.Second, time.Minute}
	case provider.Invalid:
		return treatment{"CloudRefused", time.Minute, 30 * time.Minute}
	case provider.Unsupported:
		return treatment{"Unsupported", 10 * time.Minute, time.Hour}
	case provider.Denied:
		return treatment{"PermissionDenied", 30 * time.Second, 10 * time.Minute}
	case provider.Quota:
		return treatment{"QuotaExceeded", 30 * time.Second, 10 * time.Minute}
	case provider.Throttled:
		return treatment{"CloudThrottled", time.Second, time.Minute}
	case provider.InProgress:
		return treatment{"CloudBusy", time.Second, 30 * time.Second}
	case provider.Unavailable:
		return treatment{"CloudUnavailable", time.Second, time.Minute}
	case provider.Unknown:
		return treatment{"CloudError", time.Second, 5 * time.Minute}
	}
	return treatment{"CloudError", time.Second, 5 * time.Minute}
}

// wait is how long to wait after so many failures in a row, within a fifth, so that many that fail
// together do not come back together.
func (t treatment) wait(failures int) time.Duration {
	d := t.most
	if failures < 20 {
		d = min(t.first<<failures, t.most)
	}
	return jitter(d)
}

// jitter is d, give or take a fifth.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()-0.5)*0.4*float64(d)) //nolint:gosec // spreads load, guards nothing
}

// next is when to look at a load balancer again after a pass. Failures in a row make it later.
func (c *controller) next(b *balancer, r reconcile.Report) time.Duration {
	worst, failed := time.Duration(0), false
	for _, f := range failuresOf(r.Results[0]) {
		failed = true
		wait := max(treat(provider.CodeOf(f.err)).wait(b.failures), provider.RetryAfterOf(f.err))
		if worst == 0 || wait < worst {
			worst = wait
		}
	}
	if !failed {
		b.failures = 0
		return r.Again
	}
	b.failures++
	return worst
}

// failed is when to look again at a load balancer that could not be read; its objects are told.
func (c *controller) failed(ctx context.Context, b *balancer, err error) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	c.tell(ctx, b, append(c.problemNotices(b.problems), c.failureNotice(b, failure{err: err})...))
	wait := max(treat(provider.CodeOf(err)).wait(b.failures), provider.RetryAfterOf(err))
	b.failures++
	return wait, nil
}

// failure is one thing that went wrong in a pass.
type failure struct {
	step *reconcile.Step // nil when it is the load balancer as a whole
	err  error
}

func failuresOf(res reconcile.Result) []failure {
	var out []failure
	if res.Err != nil {
		out = append(out, failure{err: res.Err})
	}
	for i := range res.Steps {
		s := &res.Steps[i]
		if s.Outcome != nil && s.Outcome.State == provider.Failed {
			out = append(out, failure{s, s.Outcome.Err})
		}
	}
	return out
}
