package controller

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// reach remembers how the last calls to the cloud went.
type reach struct {
	clock clock.Clock

	mu   sync.Mutex
	lost time.Time // since when no call got through; zero while they do
	why  error
}

// unreachable is how long the cloud may be out of reach before the process says that it is not
// ready.
const unreachable = 2 * time.Minute

// note takes the end of one call. Only that there is no reply counts: a refusal is one.
func (r *reach) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if provider.CodeOf(err) != provider.Unavailable || errors.Is(err, errFenced) {
		r.lost, r.why = time.Time{}, nil
		return
	}
	r.why = err
	if r.lost.IsZero() {
		r.lost = r.clock.Now()
	}
}

func (r *reach) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since := r.clock.Now().Sub(r.lost); !r.lost.IsZero() && since > unreachable {
		return fmt.Errorf("the cloud has been out of reach for %s: %w", since.Round(time.Second), r.why)
	}
	return nil
}

var errNotSynced = errors.New("the caches are not filled yet")

// synced is a part of every replica that the manager starts once the caches are filled.
type synced struct{ done atomic.Bool }

// Start notes that the caches are filled.
func (s *synced) Start(ctx context.Context) error {
	s.done.Store(true)
	<-ctx.Done()
	return nil
}

// NeedLeaderElection is false: a replica that stands by is ready, too.
func (*synced) NeedLeaderElection() bool { return false }

func (s *synced) check(*http.Request) error {
	if !s.done.Load() {
		return errNotSynced
	}
	return nil
}

// addProbes tells the truth about the process: alive is alive; ready has filled caches, and the
// cloud within reach where it asked it anything.
func addProbes(mgr manager.Manager, c *controller) error {
	s := &synced{}
	errs := []error{
		mgr.Add(s),
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("caches", s.check),
		mgr.AddReadyzCheck("cloud", func(*http.Request) error { return c.reach.check() }),
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("add probes: %w", err)
	}
	return nil
}
