package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

func TestDelaysDoubleUpToTheMaximum(t *testing.T) {
	p := retryPolicy{initial: time.Second, max: time.Minute}
	for failures, want := range map[int]time.Duration{0: time.Second, 3: 8 * time.Second, 6: time.Minute, 100: time.Minute} {
		if got := p.delay(failures); got < want*8/10 || got > want*12/10 {
			t.Errorf("after %d failures: %s, want about %s", failures, got, want)
		}
	}
}

func TestThePassComesAgainForTheEarliestRetry(t *testing.T) {
	var n failureCount
	slow, quick := &provider.Error{Code: provider.Unsupported}, &provider.Error{Code: provider.Throttled, RetryAfter: 5 * time.Second}
	if got := n.next([]failure{{err: slow}, {err: quick}}); got != 5*time.Second || n != 1 {
		t.Errorf("%s after %d failures", got, n)
	}
	if got := n.next(nil); got != 0 || n != 0 {
		t.Errorf("%s after %d failures", got, n)
	}
}

func TestEveryCodeHasARetryPolicy(t *testing.T) {
	for _, c := range []provider.Code{provider.NotFound, provider.Conflict, provider.Invalid, provider.Unsupported, provider.Denied, provider.Quota,
		provider.Throttled, provider.InProgress, provider.Unavailable, provider.Unknown} {
		if p := retryPolicyFor(c); p.reason == "" || p.initial <= 0 || p.max < p.initial {
			t.Errorf("%s: %v", c, p)
		}
	}
}

func TestSoonestIgnoresZero(t *testing.T) {
	if got := soonest(0, time.Minute, time.Second, -1); got != time.Second {
		t.Errorf("%s", got)
	}
}

func TestALastingFailureIsReportedOnceAndAlwaysRetried(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.cloud.Inject(fake.Fault{Op: "write", Kind: fake.FailBefore})
		e.put(class(), service("cart"), slice("cart", 1), ingress("web", "cart"))
		e.wait(time.Hour)
		reported := 0
		for _, ev := range e.events.drain() {
			if strings.Contains(ev, "CloudUnavailable") {
				reported++
			}
		}
		if n := e.cloudWrites(); reported == 0 || reported > 3 || n < 10 || n > 300 {
			t.Errorf("reported %d times, %d writes attempted in an hour", reported, n)
		}
		e.cloud.Heal()
		e.wait(5 * time.Minute)
		if got := e.members("shop/web"); len(got) != 1 {
			t.Errorf("registered: %v", got)
		}
	})
}
