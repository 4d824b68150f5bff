package controller

import (
	"math/rand/v2"
	"time"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// retryPolicy holds the event reason for an error code and its exponential backoff. A failure is
// retried forever.
type retryPolicy struct {
	reason       string
	initial, max time.Duration
}

// retryPolicyFor returns the policy for a code.
func retryPolicyFor(c provider.Code) retryPolicy {
	switch c {
	case provider.NotFound:
		return retryPolicy{"CloudNotFound", time.Second, time.Minute}
	case provider.Conflict:
		return retryPolicy{"CloudConflict", time.Second, time.Minute}
	case provider.Invalid:
		return retryPolicy{"CloudRefused", time.Minute, 30 * time.Minute}
	case provider.Unsupported:
		return retryPolicy{"Unsupported", 10 * time.Minute, time.Hour}
	case provider.Denied:
		return retryPolicy{"PermissionDenied", 30 * time.Second, 10 * time.Minute}
	case provider.Quota:
		return retryPolicy{"QuotaExceeded", 30 * time.Second, 10 * time.Minute}
	case provider.Throttled:
		return retryPolicy{"CloudThrottled", time.Second, time.Minute}
	case provider.InProgress:
		return retryPolicy{"CloudBusy", time.Second, 30 * time.Second}
	case provider.Unavailable:
		return retryPolicy{"CloudUnavailable", time.Second, time.Minute}
	case provider.Unknown:
	}
	return retryPolicy{"CloudError", time.Second, 5 * time.Minute}
}

// delay returns how long to wait after so many failures in a row. It is jittered, so that load
// balancers that fail together do not retry together.
func (p retryPolicy) delay(failures int) time.Duration {
	d := p.max
	if failures < 20 {
		d = min(p.initial<<failures, p.max)
	}
	return jitter(d)
}

// jitter returns d plus or minus up to a fifth.
func jitter(d time.Duration) time.Duration {
	//nolint:gosec // the randomness spreads load, it protects nothing
	return d + time.Duration((rand.Float64()-0.5)*0.4*float64(d))
}

// failureCount counts the passes in a row that failed.
type failureCount int

// next returns when to look again after a pass that ended with some failures: the earliest retry
// of any of them. Without failures it is zero.
func (n *failureCount) next(failures []failure) time.Duration {
	if len(failures) == 0 {
		*n = 0
		return 0
	}
	var delays []time.Duration
	for _, f := range failures {
		d := retryPolicyFor(provider.CodeOf(f.err)).delay(int(*n))
		delays = append(delays, max(d, provider.RetryAfterOf(f.err)))
	}
	*n++
	return soonest(delays...)
}

// failure is an error of one step of a pass, or of the whole load balancer.
type failure struct {
	step *reconcile.Step // nil for the whole load balancer
	err  error
}

// failuresOf returns the failures in the result of a pass.
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

// soonest returns the shortest of the durations that are not zero.
func soonest(all ...time.Duration) time.Duration {
	var least time.Duration
	for _, d := range all {
		if d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}
