package dataplane

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// ErrDrained is the cause of a request that ends because the draining time of its target is over or
// the pool was closed.
var ErrDrained = errors.New("target is drained")

// Dialer connects to an address, as net.Dialer does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// PoolConfig configures the targets of a pool.
type PoolConfig struct {
	// Check configures their health checks.
	Check Check
	// Draining is the longest time that requests to a removed target may take. With 0 they are
	// canceled immediately.
	Draining time.Duration
	// FirstCheckOpens makes the first result of a new target decisive, whatever the thresholds.
	FirstCheckOpens bool
	// SlowStart is how long the share of a target that became healthy grows linearly to its full
	// share. With 0 it has its full share immediately.
	SlowStart time.Duration
}

// PoolOptions are the dependencies of a pool.
type PoolOptions struct {
	// Clock times checks and draining. Nil is the system's clock.
	Clock clock.Clock
	// Dial connects to a target. Nil is a net.Dialer.
	Dial Dialer
	// OnChange, if not nil, is called after each change that closes the channel of Changed. It must
	// not block.
	OnChange func()
}

// Pool is a set of targets. It checks their health, balances requests over them, and drains those
// that are removed. It is safe for concurrent use.
type Pool struct {
	clock      clock.Clock
	dial       Dialer
	onChange   func()
	probes     *transports
	forwarding proxyState

	life context.Context // ends when the pool is closed
	end  context.CancelFunc
	work sync.WaitGroup // checks and drains

	mu         sync.Mutex
	config     PoolConfig
	referenced bool
	serving    []*target          // the current targets
	known      map[string]*target // the current and the draining targets
	next       int                // index of the next target to pick
	changed    Signal
}

// NewPool returns an unreferenced pool without targets. It runs no checks before Configure and
// SetReferenced.
func NewPool(o PoolOptions) *Pool {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	p := &Pool{
		clock: o.Clock, dial: o.Dial, onChange: o.OnChange, forwarding: newProxyState(),
		known: map[string]*target{},
	}
	p.probes = newTransports(p, false)
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// Configure changes the configuration. The health of targets does not change. If the check changes,
// it starts immediately, and earlier results no longer count.
func (p *Pool) Configure(c PoolConfig) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.config.Check
	p.config = c
	if old.same(c.Check) {
		return
	}
	for _, t := range p.serving {
		t.verdict.streak = 0
		p.recheck(t)
	}
}

// SetTargets replaces the targets ("ip:port") of the pool. New targets are checked if the pool is
// referenced. Removed targets get no new request, and drain if they have requests in flight. A
// draining target that is added again serves again: it remains healthy if it was, else it must pass
// its checks again.
func (p *Pool) SetTargets(addresses []string) {
	p.update(func() bool {
		want := make(map[string]bool, len(addresses))
		serving := make([]*target, 0, len(addresses))
		changed := false
		for _, address := range addresses {
			if want[address] {
				continue
			}
			want[address] = true
			t, added := p.admit(address)
			serving, changed = append(serving, t), changed || added
		}
		removed := slices.DeleteFunc(p.serving, func(t *target) bool { return want[t.address] })
		p.serving = serving
		for _, t := range removed {
			p.remove(t)
		}
		return changed || len(removed) > 0
	})
}

// SetReferenced sets whether a route refers to the pool. Checks only run while it is true.
// Otherwise the health of all targets is reset to Unused.
func (p *Pool) SetReferenced(referenced bool) {
	p.update(func() bool {
		if p.referenced == referenced {
			return false
		}
		p.referenced = referenced
		for _, t := range p.known {
			t.verdict = p.unknown()
			if !t.draining {
				p.recheck(t)
			}
		}
		return len(p.known) > 0
	})
}

// Health returns the state of each target, including draining ones, by address.
func (p *Pool) Health() map[string]Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	health := make(map[string]Health, len(p.known))
	for address, t := range p.known {
		health[address] = t.health()
	}
	return health
}

// Changed returns a channel that is closed at the next change of the targets or their health. Call
// it before reading the state, so that no change is missed.
func (p *Pool) Changed() <-chan struct{} { return p.changed.Changed() }

// Close stops the checks and cancels the requests in flight. It returns when all goroutines of the
// pool have ended.
func (p *Pool) Close() {
	p.update(func() bool {
		p.end()
		for _, t := range p.known {
			p.forget(t)
		}
		p.serving = nil
		return true
	})
	p.work.Wait()
}

// update calls change with the pool locked. If change reports a change, update closes the channel
// of Changed and calls OnChange. It does nothing if the pool is closed.
func (p *Pool) update(change func() bool) {
	p.mu.Lock()
	changed := p.life.Err() == nil && change()
	if changed {
		p.changed.Fire()
	}
	p.mu.Unlock()
	if changed && p.onChange != nil {
		p.onChange()
	}
}
