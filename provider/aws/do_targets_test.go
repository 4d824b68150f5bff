package aws_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/reconcile"
)

const (
	quota        = 8
	brokenSubnet = "10.0.9." // of unreachable targets
)

// full is an account with a single load balancer, which has as many targets as the quota allows.
type full struct {
	cloud *awstest.Server
	clk   clock.Clock
	lb    model.LoadBalancer

	busy, finish chan struct{} // of requests for /slow
}

func newFull(t *testing.T, pace int) full {
	t.Helper()
	busy, finish := make(chan struct{}), make(chan struct{})
	pod := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			busy <- struct{}{}
			<-finish
		}
	}))
	t.Cleanup(pod.Close)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, brokenSubnet) {
			return nil, fmt.Errorf("%s is broken", address)
		}
		return new(net.Dialer).DialContext(ctx, network, pod.Listener.Addr().String())
	}
	clk := clock.Scaled(pace)
	cloud := awstest.NewServer(awstest.Options{Clock: clk, Dial: dial, TargetQuota: quota})
	t.Cleanup(cloud.Close)
	lb := answering("a.example.com")
	// A timeout that a busy machine does not exceed. The first check decides.
	check := model.HealthCheck{Interval: 300 * time.Second, Timeout: 120 * time.Second}
	lb.Groups = []model.Group{{ID: "default/web", Endpoints: pods("10.0.1.", quota), Members: model.MembersKnown, Health: check}}
	lb.Listeners[0].Routes[0].Action = model.ForwardTo("default/web")
	return full{cloud: cloud, clk: clk, lb: lb, busy: busy, finish: finish}
}

func TestTargetsAreReplacedAtTheQuota(t *testing.T) {
	f := newFull(t, 50)
	e := reconcile.New(process(t, f.cloud, f.clk), reconcile.Options{Clock: f.clk})
	for _, subnet := range []string{"10.0.1.", "10.0.2."} {
		f.lb.Groups[0].Endpoints = pods(subnet, quota)
		sealed, err := model.Seal(f.lb)
		if err != nil {
			t.Fatal(err)
		}
		if problems := e.Set(sealed); len(problems) > 0 {
			t.Fatal(problems)
		}
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := make([]string, 0, quota)
		for _, p := range pods(subnet, quota) {
			want = append(want, p.AddrPort().String())
		}
		if diff := cmp.Diff(want, f.registered(t)); diff != "" {
			t.Fatalf("registered (-want +got):\n%s", diff)
		}
	}
}

// registered returns the targets of the only target group.
func (f full) registered(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, r := range f.observe(t) {
		if spec, ok := r.Spec.(aws.TargetsSpec); ok {
			for _, target := range spec.Targets {
				all = append(all, target.String())
			}
		}
	}
	return all
}

func (f full) observe(t *testing.T) []provider.Resource {
	t.Helper()
	rs, err := process(t, f.cloud, f.clk).Observe(t.Context(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// settle waits until all targets that are not broken are healthy, and the others are unhealthy.
func (f full) settle(t *testing.T, p *aws.Provider) {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		changed := f.cloud.Changed()
		health, err := p.Health(t.Context(), f.observe(t))
		if err != nil {
			t.Fatal(err)
		}
		waiting := false
		for _, all := range health {
			waiting = waiting || slices.ContainsFunc(all, func(h provider.EndpointHealth) bool {
				broken := strings.HasPrefix(h.Endpoint.Address.String(), brokenSubnet)
				return broken && strings.Contains(h.Reason, "InitialHealthChecking") || !broken && !h.Healthy
			})
		}
		if !waiting && len(health) > 0 {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("health checks are not complete: %v", health)
		}
	}
}

// put updates the targets of the group to these endpoints in one batch.
func (f full) put(t *testing.T, p *aws.Provider, endpoints []model.Endpoint) provider.Outcome {
	t.Helper()
	sealed, err := model.Seal(f.lb)
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.Members(sealed, "default/web", endpoints)
	if err != nil {
		t.Fatal(err)
	}
	have := map[provider.Key]provider.Resource{}
	for _, r := range f.observe(t) {
		have[r.Key] = r
	}
	old := have[want[0].Key]
	op := provider.Op{Action: provider.Update, Key: want[0].Key, WriteScope: want[0].WriteScope, Want: &want[0], Have: &old}
	return p.Do(t.Context(), provider.Batch{WriteScope: op.WriteScope, Ops: []provider.Op{op}, Have: func(k provider.Key) (provider.Resource, bool) {
		r, ok := have[k]
		return r, ok
	}})[0]
}

func TestOneBatchAtTheQuota(t *testing.T) {
	old, young, broken := pods("10.0.1.", quota), pods("10.0.2.", quota), pods(brokenSubnet, quota)
	terminating := slices.Clone(old)
	for i := range terminating {
		terminating[i].State = model.Draining
	}
	for name, c := range map[string]struct {
		first, then []model.Endpoint
		state       provider.State
		code        provider.Code
		left        int // of those in first
	}{
		"a quarter of the healthy retained targets": {old, slices.Concat(young, bare(old)), provider.Pending, "", quota - quota/4},
		"the free room is used first":               {old[:6], slices.Concat(young[:3], bare(old[:6])), provider.Done, "", 5},
		"no more than needed":                       {old, slices.Concat(young[:1], bare(old)), provider.Done, "", quota - 1},
		"terminating targets are retained":          {old, slices.Concat(bare(young[:1]), terminating, bare(old)), provider.Done, "", quota - 1},
		"targets that are not wanted go first":      {old, slices.Concat(young[:2], old[2:]), provider.Done, "", quota - 2},
		"all unhealthy retained targets at once":    {broken, slices.Concat(young, bare(broken)), provider.Done, "", 0},
		"a wanted target never goes":                {old, slices.Concat(young[:1], old), provider.Failed, provider.Quota, quota},
		"a target that may be wanted never goes":    {old, slices.Concat(bare(young[:1]), bare(old)), provider.Failed, provider.Quota, quota},
		"the last healthy target stays": {
			slices.Concat(old[:1], broken[1:]), slices.Concat(young, bare(old[:1]), broken[1:]), provider.Failed, provider.Quota, quota,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFull(t, 10)
			f.lb.Groups[0].Endpoints = c.first
			apply(t, f.cloud, f.clk, f.lb)
			p := process(t, f.cloud, f.clk)
			f.settle(t, p)
			out := f.put(t, p, c.then)
			if out.State != c.state || out.Err != nil && provider.CodeOf(out.Err) != c.code {
				t.Errorf("outcome %s %v", out.State, out.Err)
			}
			registered, left := f.registered(t), 0
			for _, ep := range c.first {
				if slices.Contains(registered, ep.AddrPort().String()) {
					left++
				}
			}
			if left != c.left || len(registered) != quota {
				t.Errorf("%d of the first targets are left, want %d, in %v", left, c.left, registered)
			}
			if out.Have != nil {
				observed := out.Have.Spec.(aws.TargetsSpec).Targets
				if diff := cmp.Diff(registered, texts(observed)); diff != "" {
					t.Errorf("targets of the outcome (-registered +outcome):\n%s", diff)
				}
			}
		})
	}
}

// A draining target may still count against the quota. Then no other target is deregistered before
// it is gone.
func TestDrainingTargetsAtTheQuotaAreWaitedFor(t *testing.T) {
	f := newFull(t, 5) // so slow that no request exceeds the idle timeout
	apply(t, f.cloud, f.clk, f.lb)
	p := process(t, f.cloud, f.clk)
	f.settle(t, p)
	finish := f.occupy(t)
	old, young := bare(pods("10.0.1.", quota)), pods("10.0.2.", quota)
	for _, left := range []int{quota - quota/4, quota - quota/4} { // the second time no target goes
		if out := f.put(t, p, slices.Concat(young, old)); out.State != provider.Pending {
			t.Fatalf("outcome %s %v", out.State, out.Err)
		}
		if got := f.registered(t); len(got) != left {
			t.Fatalf("registered: %v", got)
		}
		old = slices.DeleteFunc(old, func(e model.Endpoint) bool { return !slices.Contains(f.registered(t), e.AddrPort().String()) })
	}
	finish()
	if out := f.put(t, p, slices.Concat(young, old)); out.State != provider.Pending {
		t.Fatalf("outcome %s %v", out.State, out.Err)
	}
	if got := f.registered(t); len(got) != quota {
		t.Errorf("registered after draining: %v", got)
	}
}

// occupy makes every target busy with a request until finish is called.
func (f full) occupy(t *testing.T) (finish func()) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: f.cloud.Front().Dial, DisableKeepAlives: true}}
	var address string
	for name := range f.cloud.Front().Addresses() {
		address = name
	}
	var responses sync.WaitGroup
	for range quota {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/slow", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "a.example.com"
		responses.Go(func() {
			response, err := client.Do(r)
			if err == nil {
				_ = response.Body.Close()
			}
		})
	}
	for range quota {
		<-f.busy
	}
	finish = sync.OnceFunc(func() {
		close(f.finish)
		responses.Wait()
	})
	t.Cleanup(finish)
	return finish
}
