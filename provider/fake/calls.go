package fake

import (
	"context"
	"errors"
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
	Keys       []provider.Key // what was written, in order
}

// Fault is what happens to the calls that match it.
type Fault struct {
	Op    string       // empty is any
	Key   provider.Key // zero is any
	Read  bool         // reads too
	Skip  int          // how many matching calls pass first
	Times int          // how many fail; 0 is all until Heal
	Kind  FaultKind
}

// FaultKind is a way in which a call goes wrong.
type FaultKind int

// The kinds of fault.
const (
	Throttle   FaultKind = iota // too many calls, no effect
	FailBefore                  // an internal error, no effect
	FailAfter                   // an internal error after the effect
	LoseReply                   // the effect, and no reply
	Refuse                      // no connection, no effect
)

var (
	errThrottled = errors.New("too many calls")
	errInternal  = errors.New("internal error")
	errCut       = errors.New("connection lost")
)

// calls is the wire between providers and the state: it records, delays and disturbs.
type calls struct {
	clock clock.Clock

	mu      sync.Mutex
	log     []Call
	faults  []*Fault
	latency time.Duration
	crash   *crash
}

// crash lets some writes through, and then nothing.
type crash struct {
	left   int
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

// Inject disturbs the calls that match f. The first fault that matches counts.
func (c *Cloud) Inject(f Fault) {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.faults = append(c.calls.faults, &f)
}

// CrashAfter lets n more writes through, each with its effect, loses the reply to the last one and
// cuts every later call until Heal. The channel is closed at that moment; n = 0 cuts at once.
func (c *Cloud) CrashAfter(n int) <-chan struct{} {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.crash = &crash{left: n, done: make(chan struct{})}
	c.calls.crash.settle()
	return c.calls.crash.done
}

func (x *crash) settle() {
	if x.left <= 0 && !x.closed {
		x.closed = true
		close(x.done)
	}
}

// Heal ends crash and faults.
func (c *Cloud) Heal() {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	c.calls.faults, c.calls.crash = nil, nil
}

// do carries out one call: effect is what it does when it gets through.
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

// fate is what goes wrong with one call; nil is nothing.
type fate struct {
	effect bool
	err    error
}

// fate decides on a call that has come in.
func (x *calls) fate(call Call) *fate {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.crash != nil {
		if x.crash.left <= 0 {
			return Refuse.fate()
		}
		if call.Write {
			x.crash.left--
			if x.crash.left == 0 {
				return LoseReply.fate()
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
		return f.Kind.fate()
	}
	return nil
}

// wrote closes the crash once the last write has had its effect.
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
	for _, k := range call.Keys {
		if k == f.Key {
			return true
		}
	}
	return false
}

func (k FaultKind) fate() *fate {
	switch k {
	case Throttle:
		return &fate{err: &provider.Error{Code: provider.Throttled, Op: "call", RetryAfter: time.Second, Err: errThrottled}}
	case FailBefore:
		return &fate{err: unavailable(errInternal)}
	case FailAfter:
		return &fate{effect: true, err: unavailable(errInternal)}
	case LoseReply:
		return &fate{effect: true, err: unavailable(errCut)}
	case Refuse:
		return &fate{err: unavailable(errCut)}
	}
	return nil
}

func unavailable(err error) error {
	return &provider.Error{Code: provider.Unavailable, Op: "call", Err: err}
}
