package controller

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"

	"github.com/headgate-io/headgate/clock"
)

// Fence is a lease that tells by this machine's own clock whether this process still leads. It is
// down once the lease was not renewed for the renew deadline, which ends before another process may
// take the lease: the loser stops writing before the winner starts, even where its leader election
// has not noticed yet, because the process was stopped or the API server is out of reach.
//
// Time is counted from before a renewal was sent, so that a slow reply does not lengthen it.
type Fence struct {
	resourcelock.Interface
	deadline time.Duration
	clock    clock.Clock

	mu      sync.Mutex
	renewed time.Time // zero while somebody else leads
}

// NewFence makes a fence of the lock that the manager elects its leader by.
func NewFence(lock resourcelock.Interface, renewDeadline time.Duration, c clock.Clock) *Fence {
	if c == nil {
		c = clock.System()
	}
	return &Fence{Interface: lock, deadline: renewDeadline, clock: c}
}

// Holds tells whether this process may write now. No fence always holds.
func (f *Fence) Holds() bool {
	if f == nil {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.renewed.IsZero() && f.clock.Now().Sub(f.renewed) < f.deadline
}

// Create takes a lease that nobody had.
func (f *Fence) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return f.note(r, func() error { return f.Interface.Create(ctx, r) })
}

// Update renews the lease, takes it over, or gives it up.
func (f *Fence) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return f.note(r, func() error { return f.Interface.Update(ctx, r) })
}

// note gives up at once what is given up, whatever becomes of the write, and counts a renewal from
// before it was sent.
func (f *Fence) note(r resourcelock.LeaderElectionRecord, write func() error) error {
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

// Get reads the lease. One that somebody else holds takes the fence down at once.
func (f *Fence) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	r, raw, err := f.Interface.Get(ctx)
	if err == nil && r.HolderIdentity != f.Identity() {
		f.set(time.Time{})
	}
	return r, raw, err //nolint:wrapcheck // leader election looks at it
}
