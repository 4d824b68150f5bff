//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

// disturbed are the sentences about calls that fail.
func disturbed() []sentence {
	code := func(k FaultKind, codes ...provider.Code) func(*testing.T, Harness) {
		return func(t *testing.T, h Harness) { testFault(t, h, k, codes) }
	}
	return []sentence{
		{"a throttled call has the code Throttled", code(Throttle, provider.Throttled)},
		{"an internal error of the cloud has the code Unavailable", code(FailBefore, provider.Unavailable)},
		{"an internal error after the effect has the code Unavailable", code(FailAfter, provider.Unavailable)},
		{"a lost reply has the code Unavailable or Unknown", code(LoseReply, provider.Unavailable, provider.Unknown)},
		{"a refused connection has the code Unavailable", code(Refuse, provider.Unavailable)},
	}
}

// testFault disturbs every write of a create, and then lets the next pass finish it.
func testFault(t *testing.T, h Harness, k FaultKind, codes []provider.Code) {
	s := newStage(t, h)
	e := s.engine()
	lb := s.model(t)
	id := want(t, e, &lb)
	s.Controls.Inject(Fault{Kind: k})
	r, err := e.Sync(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, st := range r.Results[0].Steps {
		if st.Outcome.State != provider.Failed {
			continue
		}
		failed++
		code := provider.CodeOf(st.Outcome.Err)
		if !slices.Contains(codes, code) {
			t.Errorf("%s: code %s, want one of %v: %v", st.Key, code, codes, st.Outcome.Err)
		}
		if e, ok := errors.AsType[*provider.Error](st.Outcome.Err); !ok || e.Op == "" {
			t.Errorf("%s: the error names no operation: %v", st.Key, st.Outcome.Err)
		}
		for _, c := range lb.Listeners {
			if c.TLS != nil && leaks(fmt.Sprintf("%+v %#v", st.Outcome.Err, st.Outcome.Err), c.TLS.Certificates[0]) {
				t.Errorf("%s: the error contains a private key", st.Key)
			}
		}
	}
	if failed == 0 {
		t.Error("no op failed")
	}
	s.Controls.Heal()
	s.apply(t, e, &lb)
	s.settled(t, &lb)
}
