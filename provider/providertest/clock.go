package providertest

import (
	"sync"
	"time"
)

// Clock is the machine's at a higher pace, and time on it can be skipped. With it as the clock of a
// [Fixture], and of the fixture's cloud, the suite does not sit out the times in which nothing is
// left to do but to let requests end: it sees that they have ended, and skips the rest.
type Clock struct {
	pace  int64
	start time.Time

	mu      sync.Mutex
	skipped time.Duration
	waiting map[*alarm]bool
}

// alarm is one who waits.
type alarm struct {
	at    time.Time // on the clock
	ring  chan time.Time
	timer *time.Timer
}

// NewClock is a clock that runs pace times as fast as the machine's; a pace below one is one.
func NewClock(pace int) *Clock {
	return &Clock{pace: int64(max(pace, 1)), start: time.Now(), waiting: map[*alarm]bool{}}
}

// Now is the present instant on this clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	return c.start.Add(time.Duration(int64(time.Since(c.start))*c.pace) + c.skipped)
}

// Real is how much of the machine's time d takes where none is skipped.
func (c *Clock) Real(d time.Duration) time.Duration { return time.Duration(int64(d) / c.pace) }

// After delivers once when d has passed on this clock.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{at: c.now().Add(d), ring: make(chan time.Time, 1)}
	c.waiting[a] = true
	a.timer = time.AfterFunc(c.Real(d), func() { c.fire(a) })
	return a.ring
}

// fire ends the wait of one, once.
func (c *Clock) fire(a *alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[a] {
		delete(c.waiting, a)
		a.ring <- c.now()
	}
}

// Skip lets d pass at once: what waited for an instant within it has waited long enough.
func (c *Clock) Skip(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += max(d, 0)
	for a := range c.waiting {
		a.timer.Reset(c.Real(max(a.at.Sub(c.now()), 0)))
	}
}

// idler is the clock of an engine. Where the engine waits again though it had nothing to tell the
// cloud since it last waited, only time can help: it is skipped, once every request that was on its
// way is through. So time passes with the work that is done, however slow the machine is.
type idler struct {
	*Clock
	stage *stage

	mu    sync.Mutex
	calls Calls
	idle  int // waits in a row in which nothing but time passed
}

// farthest bounds how much is skipped at once where the cloud was not even asked: each wait in a
// row then skips twice as much as that before it.
const farthest = 7

// After is the clock's, after it was skipped where that is all that is waited for.
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
