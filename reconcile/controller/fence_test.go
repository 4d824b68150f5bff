package controller

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

// lease is a lease that several processes share.
type lease struct {
	mu     sync.Mutex
	record resourcelock.LeaderElectionRecord
}

// memoryLock is the access of one process to a lease. cut makes it fail.
type memoryLock struct {
	shared *lease
	id     string
	cut    atomic.Bool
}

func (l *memoryLock) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	if l.cut.Load() {
		return nil, nil, errTest
	}
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	r := l.shared.record
	return &r, []byte(r.HolderIdentity + r.RenewTime.String()), nil
}

func (l *memoryLock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.Update(ctx, r)
}

func (l *memoryLock) Update(_ context.Context, r resourcelock.LeaderElectionRecord) error {
	if l.cut.Load() {
		return errTest
	}
	l.shared.mu.Lock()
	defer l.shared.mu.Unlock()
	l.shared.record = r
	return nil
}

func (*memoryLock) RecordEvent(string) {}
func (l *memoryLock) Identity() string { return l.id }
func (*memoryLock) Describe() string   { return "lease" }

func elector(t *testing.T, f *Fence) *leaderelection.LeaderElector {
	t.Helper()
	e, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: f, LeaseDuration: defaultLease, RenewDeadline: defaultRenew, RetryPeriod: defaultRetry,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) {}, OnStoppedLeading: func() {}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestALoserStopsWritingBeforeTheWinnerStarts disconnects the leader from the API server and checks
// every tenth of a second that not both processes may write.
func TestALoserStopsWritingBeforeTheWinnerStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := &lease{}
		first, second := &memoryLock{shared: shared, id: "first"}, &memoryLock{shared: shared, id: "second"}
		a, b := NewFence(first, defaultRenew, nil), NewFence(second, defaultRenew, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go elector(t, a).Run(ctx)
		<-time.After(5 * time.Second)
		go elector(t, b).Run(ctx)
		<-time.After(5 * time.Second)
		if !a.MayWrite() || b.MayWrite() {
			t.Fatalf("first %v, second %v", a.MayWrite(), b.MayWrite())
		}
		first.cut.Store(true)
		var lost, won time.Duration
		for d := time.Duration(0); d < time.Minute; d += 100 * time.Millisecond {
			if a.MayWrite() && b.MayWrite() {
				t.Fatalf("both may write after %s", d)
			}
			if lost == 0 && !a.MayWrite() {
				lost = d
			}
			if won == 0 && b.MayWrite() {
				won = d
			}
			<-time.After(100 * time.Millisecond)
		}
		if lost == 0 || won == 0 || won <= lost {
			t.Errorf("lost after %s, won after %s", lost, won)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAFenceRefusesWritesOfAProcessThatDoesNotLead(t *testing.T) {
	f := NewFence(&memoryLock{shared: &lease{}, id: "me"}, time.Minute, nil)
	cloud := fake.NewCloud(fake.CloudOptions{})
	p, err := fake.New(cloud, fake.Options{ClusterID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := Options{Provider: p, ControllerName: "headgate.io/fake", Fence: f}.complete()
	if err != nil {
		t.Fatal(err)
	}
	w := instrumented(o)
	key := provider.Key{Kind: fake.KindGroup, Name: "g"}
	out := w.Do(t.Context(), provider.Batch{Ops: []provider.Op{{Action: provider.Delete, Key: key}}})
	if len(out) != 1 || out[0].State != provider.Failed || len(cloud.Calls()) != 0 {
		t.Errorf("outcomes %v, calls %v", out, cloud.Calls())
	}
}

// leading runs a test whose process leads for a minute after each call of lead.
func leading(t *testing.T, test func(t *testing.T, e *env, lead func()), settings ...setting) {
	t.Helper()
	lock := &memoryLock{shared: &lease{}, id: "me"}
	f := NewFence(lock, time.Minute, nil)
	lead := func() {
		if err := f.Update(context.Background(), resourcelock.LeaderElectionRecord{HolderIdentity: "me"}); err != nil {
			t.Fatal(err)
		}
	}
	fenced := func(o *Options, _ *fake.CloudOptions) { o.Fence = f }
	inBubble(t, func(t *testing.T, e *env) {
		lead()
		test(t, e, lead)
	}, append(settings, fenced)...)
}

func TestAProcessThatDoesNotLeadReportsAndWritesNothing(t *testing.T) {
	for name, change := range map[string]func(e *env){
		"endpoints":  func(e *env) { e.put(slice("cart", 3)) },
		"structure":  func(e *env) { e.put(service("shop"), slice("shop", 9), ingress("web", "cart", "shop")) },
		"deletion":   func(e *env) { e.remove(ingress("web")) },
		"a refusal":  func(e *env) { e.remove(service("cart")) },
		"a new load": func(e *env) { e.put(ingress("other", "cart")) },
	} {
		t.Run(name, func(t *testing.T) {
			leading(t, func(t *testing.T, e *env, lead func()) {
				e.put(class(), service("cart"), slice("cart", 1, 2), ingress("web", "cart"))
				e.wait(30 * time.Second)
				before := e.cloud.Snapshot()
				_, _ = e.events.drain(), e.writes.drain()
				e.wait(time.Minute) // the lease expires
				change(e)
				e.wait(5 * time.Minute)
				if diff := cmp.Diff(before, e.cloud.Snapshot()); diff != "" {
					t.Errorf("the cloud (-before +after):\n%s", diff)
				}
				if got := e.events.drain(); len(got) > 0 {
					t.Errorf("events: %v", got)
				}
				for _, w := range e.writes.drain() {
					if strings.HasPrefix(w, "patch status") {
						t.Errorf("wrote: %s", w)
					}
				}
				lead()
				e.wait(30 * time.Second)
				if cmp.Equal(before, e.cloud.Snapshot()) {
					t.Error("the process leads again and did nothing")
				}
			})
		})
	}
}
