package providertest

import (
	"sync"
	"time"
)

// Clock runs at a higher pace than the clock of the machine, and time on it can be skipped. Where a
// [Fixture] and its cloud use it, the suite does not wait while there is nothing to do but to let
// requests end: once they have ended, it skips the rest.
type Clock struct {
	pace  int64
	start time.Time

	mu      sync.Mutex
	skipped time.Duration
	waiting map[*alarm]bool
}

// alarm is one wait.
type alarm struct {
	at    time.Time // on the clock
	ring  chan time.Time
	timer *time.Timer
}

// NewClock returns a clock that runs pace times as fast as that of the machine. A pace below one is
// one.
func NewClock(pace int) *Clock {
	return &Clock{pace: int64(max(pace, 1)), start: time.Now(), waiting: map[*alarm]bool{}}
}

// Now returns the present instant on this clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	return c.start.Add(time.Duration(int64(time.Since(c.start))*c.pace) + c.skipped)
}

// Real returns how long d lasts on the clock of the machine where no time is skipped.
func (c *Clock) Real(d time.Duration) time.Duration { return time.Duration(int64(d) / c.pace) }

// After returns a channel that delivers once when d has passed on this clock.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{at: c.now().Add(d), ring: make(chan time.Time, 1)}
	c.waiting[a] = true
	a.timer = time.AfterFunc(c.Real(d), func() { c.fire(a) })
	return a.ring
}

// fire ends one wait, once.
func (c *Clock) fire(a *alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[a] {
		delete(c.waiting, a)
		a.ring <- c.now()
	}
}

// Skip advances the clock by d. Waits that end within d end at once.
func (c *Clock) Skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += max(d, 0)
	for a := range c.waiting {
		a.timer.Reset(c.Real(max(a.at.Sub(c.now()), 0)))
	}
}

// idler is the clock of an engine. If the engine waits again and has made no call since its last
// wait, only time can help. The clock then skips that time, once the requests in flight have ended.
// So time passes with the work that is done, however slow the machine is.
type idler struct {
	*Clock
	stage *stage

	mu    sync.Mutex
	calls Calls
	idle  int // waits in a row without a call
}

// farthest bounds how much time is skipped at once. Each wait in a row without a call skips twice
// as much as the one before it.
const farthest = 7

// After skips the time if nothing else is waited for, and else waits on the clock.
func (i *idler) After(d time.Duration) <-chan time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	before, now := i.calls, i.stage.Controls.Calls()
	i.calls = now
	if now.Writes != before.Writes {
		i.idle = 0
		return i.Clock.After(d)
	}
	if now != before {
		i.idle = 0
	}
	i.stage.drain()
	i.Skip(d << min(i.idle, farthest))
	i.idle++
	return i.Clock.After(0)
}
