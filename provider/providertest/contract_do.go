//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// done are the sentences about Do.
func done() []sentence {
	return []sentence{
		{"Do is idempotent: it adopts what exists and is owned, and deleting what is gone succeeds", testReplay},
		{"Do returns one outcome for each op, in the same order", testOutcomeOrder},
		{"Needs lists everything that a resource refers to, so that no op comes too early", testNeeds},
		{"Do registers members before it deregisters others", testRegisterFirst},
		{"creating a resource whose name another owner has is a Conflict", testSquatted},
		{"when the context has ended, Do starts no write", testEnded},
	}
}

// testReplay creates, changes and deletes a load balancer, and carries out every batch twice.
func testReplay(t *testing.T, h Harness) {
	s := newStage(t, h)
	rec, p := record(t, s.Process())
	rec.replay = true
	e := s.engineOf(p)
	lb := s.model(t)
	s.apply(t, e, &lb)
	s.settled(t, &lb)
	lb.Listeners[0].Routes[0] = prefix("api", host, "/v2", api)
	webOf(&lb).Endpoints = s.pods.endpoints("web", 5, 15)
	s.apply(t, e, &lb)
	s.settled(t, &lb)
	s.apply(t, e, nil)
	s.settled(t, nil)
}

// testOutcomeOrder carries out the ops of the largest write scope in one batch, in reverse order.
func testOutcomeOrder(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb := s.model(t)
	lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, prefix("first", host, "/1", api))
	s.apply(t, s.engine(), &lb)
	p, have := s.Process(), s.observe(t, balancer)
	scopes := map[string][]provider.Op{}
	largest := ""
	for _, w := range resources(t, p, seal(t, lb)) {
		h := have[w.Key]
		scopes[w.WriteScope] = append(scopes[w.WriteScope], provider.Op{Action: provider.Update, Key: w.Key, WriteScope: w.WriteScope, Want: &w, Have: &h})
		if len(scopes[w.WriteScope]) > len(scopes[largest]) {
			largest = w.WriteScope
		}
	}
	ops := scopes[largest]
	slices.Reverse(ops)
	b := batchOf(ops[0], have)
	b.Ops = ops
	rec, recording := record(t, p)
	recording.Do(t.Context(), b)
	s.Controls.Inject(Fault{Kind: FailBefore})
	for i := range b.Ops {
		other := *b.Ops[i].Want
		other.Origin = nil
		b.Ops[i].Want = &other
	}
	rec.check(b, p.Do(t.Context(), b))
}

// testNeeds creates, changes and deletes a load balancer. No op may fail.
func testNeeds(t *testing.T, h Harness) {
	s := newStage(t, h)
	rec, p := record(t, s.Process())
	rec.strict = true
	e := s.engineOf(p)
	lb := s.model(t)
	s.apply(t, e, &lb)
	s.apply(t, e, swapService(t, s.pods).after)
	s.apply(t, e, nil)
	s.settled(t, nil)
}

// swap returns an update of each membership of the web group to ten other endpoints.
func (s *stage) swap(t *testing.T, p provider.Provider) ([]provider.Op, map[provider.Key]provider.Resource) {
	t.Helper()
	lb := s.pods.shop(balancer)
	webOf(&lb).Endpoints = s.pods.endpoints("web", 10, 20)
	sealed := seal(t, lb)
	g, _ := sealed.Group(web)
	ms, err := p.Members(sealed, web, g.Endpoints)
	if err != nil {
		t.Fatal(err)
	}
	have := s.observe(t, balancer)
	var ops []provider.Op
	for _, m := range ms {
		h, ok := have[m.Key]
		if !ok {
			t.Fatalf("%s does not exist", m.Key)
		}
		ops = append(ops, provider.Op{Action: provider.Update, Key: m.Key, WriteScope: m.WriteScope, Want: &m, Have: &h, Fields: p.Compare(m, h)})
	}
	return ops, have
}

// testRegisterFirst cuts the connection after each of the writes that replace all members. The old
// members or the new ones must all be there.
func testRegisterFirst(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb := s.pods.shop(balancer)
	s.apply(t, s.engine(), &lb)
	p := s.Process()
	ops, _ := s.swap(t, p)
	registeredIn(t, p, nil) // skips the test without a HealthReader
	for i := range ops {
		for n := range 10 {
			if s.swapAndCrash(t, h, i, n) {
				break
			}
		}
	}
}

// swapAndCrash carries out op i on a new cloud, whose connection is cut after n writes. It reports
// whether the op needed fewer writes than that.
func (*stage) swapAndCrash(t *testing.T, h Harness, i, n int) bool {
	t.Helper()
	s := newStage(t, h)
	lb := s.pods.shop(balancer)
	s.apply(t, s.engine(), &lb)
	p := s.Process()
	ops, have := s.swap(t, p)
	op := ops[i]
	crashed := s.Controls.CrashAfter(n)
	p.Do(t.Context(), batchOf(op, have))
	s.Controls.Heal()
	now, ok := s.observe(t, balancer)[op.Key]
	if !ok {
		t.Fatalf("after %d writes %s does not exist", n, op.Key)
	}
	old, next, left := registeredIn(t, p, one(*op.Have)), registeredIn(t, p, one(*op.Want)), registeredIn(t, p, one(now))
	if !containsAll(left, old) && !containsAll(left, next) {
		t.Errorf("after %d writes %s has neither all old members nor all new ones", n, op.Key)
	}
	select {
	case <-crashed:
		return false
	default:
		return true
	}
}

func one(r provider.Resource) []provider.Resource { return []provider.Resource{r} }

func batchOf(op provider.Op, have map[provider.Key]provider.Resource) provider.Batch {
	return provider.Batch{WriteScope: op.WriteScope, Ops: []provider.Op{op}, Have: func(k provider.Key) (provider.Resource, bool) {
		r, ok := have[k]
		return r, ok
	}}
}

// containsAll reports whether all contains each endpoint of some.
func containsAll(all, some []model.Endpoint) bool {
	in := map[model.Endpoint]bool{}
	for _, e := range all {
		in[model.Endpoint{Address: e.Address, Port: e.Port}] = true
	}
	for _, e := range some {
		if !in[model.Endpoint{Address: e.Address, Port: e.Port}] {
			return false
		}
	}
	return true
}

func testEnded(t *testing.T, h Harness) {
	s := newStage(t, h)
	lb := s.pods.shop(balancer)
	s.apply(t, s.engine(), &lb)
	p := s.Process()
	ops, have := s.swap(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Controls.Reset()
	before := s.Snapshot()
	for _, op := range ops {
		out := p.Do(ctx, batchOf(op, have))
		if len(out) != 1 || out[0].State == provider.Done {
			t.Errorf("outcome of %s with an ended context: %+v", op.Key, out)
		}
	}
	if diff := cmp.Diff(before, s.Snapshot()); diff != "" {
		t.Errorf("something was written: %s", diff)
	}
}
