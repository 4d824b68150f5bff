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

// connectivity records whether calls to the cloud get a reply.
type connectivity struct {
	clock clock.Clock

	mu   sync.Mutex
	lost time.Time // since when no call got a reply; zero while calls do
	err  error     // of the last call without a reply
}

// unreachable is how long the cloud may be unreachable before the process is not ready.
const unreachable = 2 * time.Minute

// record records the result of one call. A refusal is a reply.
func (c *connectivity) record(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if provider.CodeOf(err) != provider.Unavailable || errors.Is(err, errFenced) {
		c.lost, c.err = time.Time{}, nil
		return
	}
	c.err = err
	if c.lost.IsZero() {
		c.lost = c.clock.Now()
	}
}

func (c *connectivity) check(*http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if since := c.clock.Now().Sub(c.lost); !c.lost.IsZero() && since > unreachable {
		return fmt.Errorf("the cloud has been unreachable for %s: %w", since.Round(time.Second), c.err)
	}
	return nil
}

var errNotSynced = errors.New("the caches are not synced yet")

// synced is a runnable that the manager starts once the caches are synced.
type synced struct{ done atomic.Bool }

// Start records that the caches are synced.
func (s *synced) Start(ctx context.Context) error {
	s.done.Store(true)
	<-ctx.Done()
	return nil
}

// NeedLeaderElection returns false: a replica on standby is ready too.
func (*synced) NeedLeaderElection() bool { return false }

func (s *synced) check(*http.Request) error {
	if !s.done.Load() {
		return errNotSynced
	}
	return nil
}

// addHealthChecks adds the liveness check, which passes while the process runs, and the readiness
// checks, which pass while the caches are synced and the cloud is reachable.
func addHealthChecks(mgr manager.Manager, c *connectivity) error {
	s := &synced{}
	errs := []error{
		mgr.Add(s),
		mgr.AddHealthzCheck("ping", healthz.Ping),
		mgr.AddReadyzCheck("caches", s.check),
		mgr.AddReadyzCheck("cloud", c.check),
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("add health checks: %w", err)
	}
	return nil
}
