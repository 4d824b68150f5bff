package providertest

import (
	"testing"
)

func runScenarios(t *testing.T, h Harness) {
	t.Run("applied once, there is nothing left to do", func(t *testing.T) { testSecondApply(t, h) })
}

// testSecondApply holds that the engine keeps what its own writes returned, and that a new process finds what it wants.
func testSecondApply(t *testing.T, h Harness) {
	s := newStage(t, h)
	e := s.engine()
	lb := s.pods.shop(balancer)
	s.apply(t, e, &lb)
	s.Controls.Reset()
	s.apply(t, e, &lb)
	if got := s.Controls.Calls(); got != (Calls{}) {
		t.Errorf("the second apply of the same process made %d reads and %d writes, want none", got.Reads, got.Writes)
	}
	s.apply(t, s.engine(), &lb)
	if got := s.Controls.Calls().Writes; got != 0 {
		t.Errorf("the apply of a new process made %d writes, want none", got)
	}
	s.settled(t, &lb)
}
