// Package clock provides the system's time, or a time that runs faster. With a faster clock, a test
// of an embedded cloud whose health checks run every five seconds takes milliseconds and does not
// sleep.
package clock

import (
	"context"
	"time"
)

// Clock is a source of time. Its methods must be safe for concurrent use.
type Clock interface {
	// Now returns the current time of this clock.
	Now() time.Time
	// After returns a channel that receives one value when d has passed on this clock.
	After(d time.Duration) <-chan time.Time
}

// Real returns the system's time in which d passes on c. A clock with another pace than the
// system's must have a method Real(time.Duration) time.Duration that returns it.
func Real(c Clock, d time.Duration) time.Duration {
	if paced, ok := c.(interface {
		Real(d time.Duration) time.Duration
	}); ok {
		return paced.Real(d)
	}
	return d
}

// System returns the system's clock.
func System() Clock { return scaled{pace: 1, start: time.Now()} }

// Scaled returns a clock that runs pace times as fast as the system's. A pace below one counts as
// one.
func Scaled(pace int) Clock { return scaled{pace: int64(max(pace, 1)), start: time.Now()} }

// Wait returns nil when d has passed on c, or the context's error if ctx ends first.
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
