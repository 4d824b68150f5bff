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

// ErrDrained is why a request ends whose target was removed and has had its draining time, or whose
// pool was closed.
var ErrDrained = errors.New("target is drained")

// Dialer connects to an address, as net.Dialer does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// PoolConfig is how a pool treats its targets.
type PoolConfig struct {
	// Check is how their health is found out.
	Check Check
	// Draining is how long requests in flight to a removed target may last before their connections
	// are cut; 0 cuts at once.
	Draining time.Duration
	// FirstCheckOpens lets the first result decide on a target that was never checked, whatever the
	// thresholds.
	FirstCheckOpens bool
}

// PoolOptions connect a pool to its surroundings.
type PoolOptions struct {
	// Clock is what checks and draining follow; nil is the system's.
	Clock clock.Clock
	// Dial reaches a target; nil is a net.Dialer.
	Dial Dialer
	// OnChange, if not nil, is called after each change that closes the channel of Changed. It must
	// not block.
	OnChange func()
}

// Pool is a set of targets: it checks them, balances requests over them and drains those that
// leave. All its methods may be called from any goroutine.
type Pool struct {
	clock    clock.Clock
	dial     Dialer
	onChange func()
	probes   *transports
	proxying proxying

	life context.Context // ends when the pool is closed
	end  context.CancelFunc
	work sync.WaitGroup // checks and drains

	mu         sync.Mutex
	config     PoolConfig
	referenced bool
	serving    []*target          // those that take new requests
	known      map[string]*target // those, and the draining ones
	next       int                // where the round robin goes on
	changed    chan struct{}
}

// NewPool is a pool without targets, which nothing refers to. It makes no checks before it is
// configured and referenced.
func NewPool(o PoolOptions) *Pool {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	p := &Pool{
		clock: o.Clock, dial: o.Dial, onChange: o.OnChange, proxying: newProxying(),
		known: map[string]*target{}, changed: make(chan struct{}),
	}
	p.probes = newTransports(p, false)
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// Configure sets how targets are treated from now on. They keep their health; when the check
// changed, a new one starts at once and the results of the old one count no more.
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

// SetTargets makes the addresses ("ip:port") the targets of the pool. New ones are checked if the
// pool is referenced. Removed ones get no new request; those with requests in flight drain, the
// others are gone at once. One that comes back while it drains serves again: it is as healthy as it
// was, or else has to pass its checks anew.
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

// SetReferenced tells whether anything routes to the pool. Checks run only while it is true;
// otherwise health is Unused, and what was known of it is forgotten.
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

// Health returns the state of each target by its address, of draining ones too.
func (p *Pool) Health() map[string]Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	health := make(map[string]Health, len(p.known))
	for address, t := range p.known {
		health[address] = t.health()
	}
	return health
}

// Changed is closed at the next change of any target's health or of membership. Take it before
// looking at the state, so that no change is missed.
func (p *Pool) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// Close ends the checks and cuts the requests that are left. It returns when no goroutine of the
// pool runs any more.
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

// update runs change under the lock and tells everybody who waits if it says that something
// changed. A closed pool changes no more.
func (p *Pool) update(change func() bool) {
	p.mu.Lock()
	changed := p.life.Err() == nil && change()
	if changed {
		close(p.changed)
		p.changed = make(chan struct{})
	}
	p.mu.Unlock()
	if changed && p.onChange != nil {
		p.onChange()
	}
}
