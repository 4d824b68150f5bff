// Package clock lets time be the system's, or the system's at a higher pace, so that an embedded
// cloud whose health checks run every five seconds can be tested in milliseconds without a sleep.
package clock

import (
	"context"
	"time"
)

// A Clock tells the time and waits.
type Clock interface {
	// Now is the present instant on this clock.
	Now() time.Time
	// After delivers once when d has passed on this clock.
	After(d time.Duration) <-chan time.Time
	// Real is how much of the system's time d takes, for deadlines of sockets.
	Real(d time.Duration) time.Duration
}

// System is the clock of the machine.
func System() Clock { return scaled{pace: 1, start: time.Now()} }

// Scaled is a clock that runs pace times as fast as the machine's. A pace below one is one.
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
