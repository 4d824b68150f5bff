package fake

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// Call is one call to the cloud's API.
type Call struct {
	Op         string // "read", "read health", "write", "register", "deregister"
	Write      bool
	WriteScope string         // of a write
	Keys       []provider.Key // of the written objects, in order
}

// Fault is a fault of the calls that match it.
type Fault struct {
	Op    string       // empty matches any
	Key   provider.Key // zero matches any
	Read  bool         // matches reads too
	Skip  int          // how many matching calls succeed first
	Times int          // how many calls fail; 0 is all until Heal
	Kind  FaultKind
}

// FaultKind is a way in which a call fails.
type FaultKind int

// The kinds of fault.
const (
	Throttle   FaultKind = iota // too many calls; no effect
	FailBefore                  // an internal error; no effect
	FailAfter                   // an internal error after the effect
	LoseReply                   // a lost connection after the effect
	Refuse                      // no connection; no effect
)

var (
	errThrottled = errors.New("too many calls")
	errInternal  = errors.New("internal error")
	errLost      = errors.New("connection lost")
)

// calls records the calls of providers, delays them and injects faults.
type calls struct {
	clock clock.Clock

	mu      sync.Mutex
	log     []Call
	faults  []*Fault
	latency time.Duration
	crash   *crash
}

// crash lets some writes succeed, and then no call.
type crash struct {
	writes int // that still succeed
	closed bool
	done   chan struct{}
}

// Calls returns every call since the last ResetCalls.
func (c *Cloud) Calls() []Call {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	return append([]Call(nil), c.calls.log...)
}

// ResetCalls forgets the calls so far.
func (c *Cloud) ResetCalls() {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.log = nil
}

// SetLatency delays every call.
func (c *Cloud) SetLatency(d time.Duration) {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.latency = d
}

// Inject adds a fault. The first fault that matches a call applies.
func (c *Cloud) Inject(f Fault) {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.faults = append(c.calls.faults, &f)
}

// CrashAfter lets n more writes take effect, loses the reply to the last of them, and refuses all
// later calls until Heal. It closes the channel at that moment, which is at once for n = 0.
func (c *Cloud) CrashAfter(n int) <-chan struct{} {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.crash = &crash{writes: n, done: make(chan struct{})}
	c.calls.crash.settle()
	return c.calls.crash.done
}

func (x *crash) settle() {
	if x.writes <= 0 && !x.closed {
		x.closed = true
		close(x.done)
	}
}

// Heal removes all faults and ends a crash.
func (c *Cloud) Heal() {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.faults, c.calls.crash = nil, nil
}

// do makes one call. effect is its effect on the cloud.
func (x *calls) do(ctx context.Context, call Call, effect func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.mu.Lock()
	latency := x.latency
	x.log = append(x.log, call)
	x.mu.Unlock()
	if latency > 0 {
		if err := clock.Wait(ctx, x.clock, latency); err != nil {
			return err
		}
	}
	f := x.fate(call)
	if f != nil && !f.effect {
		return f.err
	}
	err := effect()
	x.wrote(call)
	if f != nil {
		return f.err
	}
	return err
}

// fate is the fault of one call, nil if it has none.
type fate struct {
	effect bool
	err    error
}

// fate returns the fault of a call, and counts it.
func (x *calls) fate(call Call) *fate {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.crash != nil {
		if x.crash.writes <= 0 {
			return Refuse.fate(call.Op)
		}
		if call.Write {
			x.crash.writes--
			if x.crash.writes == 0 {
				return LoseReply.fate(call.Op)
			}
		}
	}
	for i, f := range x.faults {
		if !f.matches(call) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			return nil
		}
		if f.Times == 1 {
			x.faults = append(x.faults[:i:i], x.faults[i+1:]...)
		}
		f.Times--
		return f.Kind.fate(call.Op)
	}
	return nil
}

// wrote completes the crash once the last write has taken effect.
func (x *calls) wrote(call Call) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if call.Write && x.crash != nil {
		x.crash.settle()
	}
}

func (f *Fault) matches(call Call) bool {
	if !call.Write && !f.Read || f.Op != "" && f.Op != call.Op {
		return false
	}
	if f.Key == (provider.Key{}) {
		return true
	}
	return slices.Contains(call.Keys, f.Key)
}

// fate returns the fault of a call with the operation op.
func (k FaultKind) fate(op string) *fate {
	switch k {
	case Throttle:
		return &fate{err: &provider.Error{Code: provider.Throttled, Op: op, RetryAfter: time.Second, Err: errThrottled}}
	case FailBefore:
		return &fate{err: unavailable(op, errInternal)}
	case FailAfter:
		return &fate{effect: true, err: unavailable(op, errInternal)}
	case LoseReply:
		return &fate{effect: true, err: unavailable(op, errLost)}
	case Refuse:
		return &fate{err: unavailable(op, errLost)}
	}
	return nil
}

func unavailable(op string, err error) error {
	return &provider.Error{Code: provider.Unavailable, Op: op, Err: err}
}
