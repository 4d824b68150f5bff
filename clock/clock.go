// Package clock provides the system's time, or the system's time at a higher pace. At a higher pace
// an embedded cloud whose health checks run every five seconds is tested in milliseconds, with no
// sleep.
package clock

import (
	"context"
	"time"
)

// Clock is a source of time. Its methods may be called at the same time.
type Clock interface {
	// Now returns the present instant on this clock.
	Now() time.Time
	// After returns a channel that delivers once when d has passed on this clock.
	After(d time.Duration) <-chan time.Time
}

// Real returns how much of the system's time d lasts on c. A clock that does not say so by a method
// Real runs as fast as the system's.
func Real(c Clock, d time.Duration) time.Duration {
	if paced, ok := c.(interface {
		Real(d time.Duration) time.Duration
	}); ok {
		return paced.Real(d)
	}
	return d
}

// System returns the clock of the machine.
func System() Clock { return scaled{pace: 1, start: time.Now()} }

// Scaled returns a clock that runs pace times as fast as the machine's. A pace below one is one.
func Scaled(pace int) Clock { return scaled{pace: int64(max(pace, 1)), start: time.Now()} }

// Wait returns nil when d has passed on c, or the context's error if that ends first.
func Wait(ctx context.Context, c Clock, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.After(d):
		return nil
	}
}

type scaled struct {
	pace  int64
	start time.Time
}

func (s scaled) Now() time.Time {
	return s.start.Add(time.Duration(int64(time.Since(s.start)) * s.pace))
}

func (s scaled) After(d time.Duration) <-chan time.Time { return time.After(s.Real(d)) }

func (s scaled) Real(d time.Duration) time.Duration { return time.Duration(int64(d) / s.pace) }
