package controller

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/headgate-io/headgate/clock"
)

// Fence is the lock of a leader election that also reports, by this machine's own clock, whether
// this process still leads. A process stops leading when it has not renewed the lease for the renew
// deadline, which is before another process may acquire it. So the old leader stops writing before
// the new one starts, even if its leader election has not noticed yet because the process was
// suspended or the API server is unreachable.
//
// The time counts from before a renewal was sent, so that a slow reply does not extend it.
type Fence struct {
	resourcelock.Interface
	deadline time.Duration
	clock    clock.Clock

	mu      sync.Mutex
	renewed time.Time // zero while this process does not lead
}

// NewFence returns a fence for the lock by which the manager elects its leader. c is the system
// clock if nil.
func NewFence(lock resourcelock.Interface, renewDeadline time.Duration, c clock.Clock) *Fence {
	if c == nil {
		c = clock.System()
	}
	return &Fence{Interface: lock, deadline: renewDeadline, clock: c}
}

// MayWrite reports whether this process may write now. It is true for a nil Fence.
func (f *Fence) MayWrite() bool {
	if f == nil {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.renewed.IsZero() && f.clock.Now().Sub(f.renewed) < f.deadline
}

// Create acquires a lease that does not exist yet.
func (f *Fence) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return f.record(r, func() error { return f.Interface.Create(ctx, r) })
}

// Update renews the lease, acquires it from another process, or releases it.
func (f *Fence) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return f.record(r, func() error { return f.Interface.Update(ctx, r) })
}

// record writes the lease. A release counts at once, whether or not the write succeeds; a renewal
// counts from before the write.
func (f *Fence) record(r resourcelock.LeaderElectionRecord, write func() error) error {
	mine := r.HolderIdentity == f.Identity() && r.HolderIdentity != ""
	sent := f.clock.Now()
	if !mine {
		f.set(time.Time{})
	}
	err := write()
	if err == nil && mine {
		f.set(sent)
	}
	return err
}

func (f *Fence) set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.renewed = t
}

// Get reads the lease. If another process has acquired it, this process stops leading at once.
func (f *Fence) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	r, raw, err := f.Interface.Get(ctx)
	if err == nil && r.HolderIdentity != f.Identity() {
		f.set(time.Time{})
	}
	return r, raw, err //nolint:wrapcheck // leader election examines it
}
