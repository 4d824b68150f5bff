package dataplane

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// leastDeadline is the least real time that a socket gets. On a fast clock a timeout of seconds
// shrinks to less than the machine takes to schedule a goroutine, and its load must not look like a
// dead target.
const leastDeadline = 500 * time.Millisecond

var errStatus = errors.New("reply is not one of a healthy target")

// Check is how the health of a target is found out. Its zero value makes no check, and targets stay
// Initial.
type Check struct {
	// Protocol is http, https (HTTP/1.1, and the certificate is not verified), h2 (HTTP/2 over TLS,
	// likewise), h2c (HTTP/2 without TLS) or tcp (a connection suffices).
	Protocol string
	// Port is where to ask; 0 is the target's own.
	Port int
	// Path is what to ask for, with its query; empty is "/".
	Path string
	// Host is the Host header; empty is the address.
	Host string
	// UserAgent is what the check calls itself; empty is nothing.
	UserAgent string
	// Interval is the time from the start of one check to the start of the next; 0 is 5 seconds.
	Interval time.Duration
	// Timeout is how long a reply may take; 0 is the interval.
	Timeout time.Duration
	// Healthy and Unhealthy are how many consecutive results change a verdict; 0 is 1.
	Healthy, Unhealthy int
	// OK tells which statuses are good; nil is 200 only. Redirects are not followed.
	OK func(status int) bool
}

// same tells whether two checks are equal but for OK.
func (c Check) same(d Check) bool {
	return c.Protocol == d.Protocol && c.Port == d.Port && c.Path == d.Path && c.Host == d.Host && c.UserAgent == d.UserAgent &&
		c.Interval == d.Interval && c.Timeout == d.Timeout && c.Healthy == d.Healthy && c.Unhealthy == d.Unhealthy
}

func (c Check) interval() time.Duration {
	if c.Interval > 0 {
		return c.Interval
	}
	return 5 * time.Second
}

func (c Check) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return c.interval()
}

func (c Check) ok(status int) bool {
	if c.OK == nil {
		return status == http.StatusOK
	}
	return c.OK(status)
}

// keepChecking checks a target until the context ends, from the start of one check to the start of
// the next at the interval.
func (p *Pool) keepChecking(ctx context.Context, t *target) {
	for ctx.Err() == nil {
		check, start := p.check(), p.clock.Now()
		err := p.probe(ctx, check, t.address)
		p.update(func() bool { return p.judge(ctx, t, err == nil) })
		// Its error is the loop's condition.
		_ = clock.Wait(ctx, p.clock, check.interval()-p.clock.Now().Sub(start))
	}
}

func (p *Pool) check() Check {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.config.Check
}

// judge counts a result, unless its check was ended while it was under way.
func (p *Pool) judge(ctx context.Context, t *target, good bool) (changed bool) {
	if ctx.Err() != nil {
		return false
	}
	was := t.verdict.health
	t.verdict = t.verdict.after(good, p.config)
	return t.verdict.health != was
}

// probe makes one check; nil is a good result.
func (p *Pool) probe(ctx context.Context, c Check, address string) error {
	ctx, cancel := context.WithTimeout(ctx, deadline(p.clock, c.timeout()))
	defer cancel()
	address, err := checkAddress(address, c.Port)
	if err != nil {
		return fmt.Errorf("check %s: %w", address, err)
	}
	if c.Protocol == "tcp" {
		return p.probeTCP(ctx, address)
	}
	return p.probeHTTP(ctx, c, address)
}

func checkAddress(address string, port int) (string, error) {
	if port == 0 {
		return address, nil
	}
	host, _, err := net.SplitHostPort(address)
	return net.JoinHostPort(host, strconv.Itoa(port)), err
}

func (p *Pool) probeTCP(ctx context.Context, address string) error {
	conn, err := p.dial(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("check %s: %w", address, err)
	}
	// The connection was made, and that was the question.
	_ = conn.Close()
	return nil
}

func (p *Pool) probeHTTP(ctx context.Context, c Check, address string) error {
	path := c.Path
	if path == "" {
		path = "/"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, urlScheme(c.Protocol)+"://"+address+path, nil)
	if err != nil {
		return fmt.Errorf("check %s: %w", address, err)
	}
	r.Host = c.Host
	r.Header.Set("User-Agent", c.UserAgent)
	reply, err := p.probes.get(c.Protocol).RoundTrip(r)
	if err != nil {
		return fmt.Errorf("check %s: %w", address, err)
	}
	_ = reply.Body.Close() // Only the status counts.
	if !c.ok(reply.StatusCode) {
		return fmt.Errorf("check %s: status %d: %w", address, reply.StatusCode, errStatus)
	}
	return nil
}

// deadline is how much real time d is on c, and not so little that the machine's own load would use
// it up.
func deadline(c clock.Clock, d time.Duration) time.Duration {
	return max(clock.Real(c, d), min(d, leastDeadline))
}
