//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
)

func runScenarios(t *testing.T, h Harness) {
	t.Run("applied once, there is nothing left to do", func(t *testing.T) { testSecondApply(t, h) })
	t.Run("roll a Service over pod by pod", func(t *testing.T) { testRoll(t, h) })
	t.Run("make and delete a load balancer beside another", func(t *testing.T) { testNeighbour(t, h) })
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) { sc.run(t, h) })
	}
}

// testSecondApply holds that the engine keeps what its own writes returned, and that a new process
// finds what it wants.
func testSecondApply(t *testing.T, h Harness) {
	s := newStage(t, h)
	e := s.engine()
	lb := s.pods.shop(balancer)
	s.apply(t, e, &lb)
	s.Controls.Reset()
	s.apply(t, e, &lb)
	if got := s.Controls.Calls(); got != (Calls{}) {
		t.Errorf("the second apply of the same process made %+v, want none", got)
	}
	s.apply(t, s.engine(), &lb)
	if got := s.Controls.Calls().Writes; got != 0 {
		t.Errorf("the apply of a new process made %d writes, want none", got)
	}
	s.settled(t, &lb)
}

// run plays the scenario through, and then once more for each write that it made, with a crash
// after that write.
func (sc scenario) run(t *testing.T, h Harness) {
	sc.skip(t, h)
	final := sc.fresh(t, h)
	writes := 0
	t.Run("through", func(t *testing.T) { writes = sc.through(t, h, final) })
	for n := range writes + 1 {
		t.Run(fmt.Sprintf("crash after %d of %d writes", n, writes), func(t *testing.T) {
			t.Parallel()
			sc.crash(t, h, n, final)
		})
	}
}

func (sc scenario) skip(t *testing.T, h Harness) {
	t.Helper()
	caps := newStage(t, h).Process().Capabilities()
	for _, f := range sc.needs {
		if caps.Features[f].Level == model.Unsupported {
			t.Skipf("the provider has no %s: %s", f, caps.Features[f].Reason)
		}
	}
}

// fresh is what a cloud holds, by kind, in which what the scenario ends with was made at once.
func (sc scenario) fresh(t *testing.T, h Harness) map[string]int {
	t.Helper()
	s := newStage(t, h)
	e := s.engine()
	if c := sc.make(t, s.pods); c.after != nil {
		s.apply(t, e, c.after)
	}
	return census(s.Snapshot())
}

// play is a stage on which the load balancer before the change serves, and traffic flows.
type play struct {
	*stage
	change
	traffic *traffic // nil where there is none
}

func (sc scenario) play(t *testing.T, h Harness) *play {
	t.Helper()
	s := newStage(t, h)
	p := &play{stage: s, change: sc.make(t, s.pods)}
	return p
}

// begin makes what was there before, and starts the traffic.
func (p *play) begin(t *testing.T) {
	t.Helper()
	if p.before == nil {
		return
	}
	r := p.apply(t, p.engine(), p.before)
	if p.Dial == nil || len(p.probes) == 0 {
		return
	}
	if len(r.Addresses) == 0 {
		t.Fatal("the load balancer has no address")
	}
	c := p.client(t, r.Addresses[0], p.certs...)
	c.await(t, p.probes)
	p.traffic = c.run(t, p.probes)
}

// end checks all that a change must leave behind.
func (p *play) end(t *testing.T, final map[string]int) {
	t.Helper()
	if p.traffic != nil {
		p.traffic.lossless(t)
	}
	p.settled(t, p.after)
	sameCensus(t, final, census(p.Snapshot()))
}

func sameCensus(t *testing.T, want, got map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other things are left than should be (-want +got):\n%s", diff)
	}
}

// through plays without a crash and returns how many writes the change made.
func (sc scenario) through(t *testing.T, h Harness, final map[string]int) int {
	t.Helper()
	p := sc.play(t, h)
	e := p.engine()
	if p.before != nil {
		p.begin(t)
		p.apply(t, e, p.before) // the process that will make the change has seen what was there
	}
	p.Controls.Reset()
	p.apply(t, e, p.after)
	writes := p.Controls.Calls().Writes
	p.end(t, final)
	p.serves(t)
	return writes
}

// serves sends requests to what was made, where there is a data plane.
func (p *play) serves(t *testing.T) {
	t.Helper()
	if p.Dial == nil || p.after == nil || len(p.after.Listeners) == 0 {
		return
	}
	r := p.apply(t, p.engine(), p.after)
	c := p.client(t, r.Addresses[0], p.certs...)
	probes := p.probes
	if len(probes) == 0 {
		probes = shopProbes()
	}
	c.await(t, probes)
}

// crash plays with a process that dies after n writes, and another that finds what it left.
func (sc scenario) crash(t *testing.T, h Harness, n int, final map[string]int) {
	t.Helper()
	p := sc.play(t, h)
	p.begin(t)
	e := p.engine()
	id := want(t, e, p.after)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	crashed := p.Controls.CrashAfter(n)
	go func() {
		select {
		case <-crashed:
			cancel()
		case <-ctx.Done():
		}
	}()
	_, err := e.Apply(ctx, id)
	select {
	case <-crashed:
	default:
		if err != nil {
			t.Fatalf("apply failed without a crash: %v", err)
		}
	}
	p.Controls.Heal()
	p.apply(t, p.engine(), p.after)
	p.end(t, final)
}
