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
	t.Run("after an apply there is nothing left to do", func(t *testing.T) { testSecondApply(t, h) })
	t.Run("replace the pods of a Service one by one", func(t *testing.T) { testRoll(t, h) })
	t.Run("create and delete a load balancer beside another", func(t *testing.T) { testNeighbour(t, h) })
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) { sc.run(t, h) })
	}
}

// testSecondApply checks that an engine makes no call for what its own writes returned, and that a
// new process makes no write.
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

// run makes the change without a crash, and then once more for each write that it took, with a
// crash after that write.
func (sc scenario) run(t *testing.T, h Harness) {
	sc.skip(t, h)
	final := sc.fresh(t, h)
	writes := 0
	t.Run("without a crash", func(t *testing.T) { writes = sc.complete(t, h, final) })
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

// fresh returns the number of resources of each kind in a new cloud, where the result of the
// scenario is created at once.
func (sc scenario) fresh(t *testing.T, h Harness) map[string]int {
	t.Helper()
	s := newStage(t, h)
	e := s.engine()
	if c := sc.make(t, s.pods); c.after != nil {
		s.apply(t, e, c.after)
	}
	return census(s.Snapshot())
}

// play is a scenario on a cloud of its own, with traffic to the load balancer that changes.
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

// begin creates the load balancer before the change, and starts the traffic.
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

// end checks the state after the change.
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
		t.Errorf("the cloud has other resources than a new one (-want +got):\n%s", diff)
	}
}

// complete makes the change without a crash, and returns the number of its writes.
func (sc scenario) complete(t *testing.T, h Harness, final map[string]int) int {
	t.Helper()
	p := sc.play(t, h)
	e := p.engine()
	if p.before != nil {
		p.begin(t)
		p.apply(t, e, p.before) // the process has observed everything before the change
	}
	p.Controls.Reset()
	p.apply(t, e, p.after)
	writes := p.Controls.Calls().Writes
	p.end(t, final)
	p.serves(t)
	return writes
}

// serves sends requests to the result, if there is a data plane.
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

// crash makes the change with a process that dies after n writes, and another one that continues.
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
