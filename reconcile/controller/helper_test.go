package controller

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/provider"
)

type clientObject = client.Object

var errTest = errors.New("the API server says no")

// drift removes all endpoints of a cluster from the cloud.
func drift(t *testing.T, p provider.Provider) {
	t.Helper()
	ctx := context.Background()
	rs, err := p.Observe(ctx, provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	have := map[provider.Key]provider.Resource{}
	for _, r := range rs {
		have[r.Key] = r
	}
	for _, r := range rs {
		if !r.Member {
			continue
		}
		op := provider.Op{Action: provider.Delete, Key: r.Key, WriteScope: r.WriteScope, Have: &r}
		out := p.Do(ctx, provider.Batch{WriteScope: r.WriteScope, Ops: []provider.Op{op}, Have: func(k provider.Key) (provider.Resource, bool) { h, ok := have[k]; return h, ok }})
		if out[0].State == provider.Failed {
			t.Fatal(out[0].Err)
		}
	}
}

// address matches the address of a load balancer in a snapshot.
var address = regexp.MustCompile(`203\.0\.113\.\d+`)

// slowProvider blocks every write for the load balancer shop/blocked until release is closed.
type slowProvider struct {
	provider.Provider
	release chan struct{}
}

func (s *slowProvider) Do(ctx context.Context, b provider.Batch) []provider.Outcome {
	if w := b.Ops[0].Want; w != nil && w.Owner.LoadBalancer == "shop/blocked" {
		<-s.release
	}
	return s.Provider.Do(ctx, b)
}

// handClock is a clock that a test sets.
type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time                       { return c.now }
func (*handClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
