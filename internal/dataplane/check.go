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

// minDeadline is the minimum real timeout of a connection. On a fast clock a timeout of seconds
// would be shorter than the scheduling delay of a loaded machine, and targets would look unhealthy.
const minDeadline = 500 * time.Millisecond

var errStatus = errors.New("the status is not that of a healthy target")

// Check configures health checks. The zero value disables them, and targets remain Initial.
type Check struct {
	// Protocol is http, https (HTTP/1.1), h2 (HTTP/2 over TLS), h2c (HTTP/2 without TLS) or tcp (a
	// connection suffices). Certificates are not verified.
	Protocol string
	// Port is the port to check. 0 is the port of the target.
	Port int
	// Path is the path and query of the request. Empty is "/".
	Path string
	// Host is the Host header. Empty is the address.
	Host string
	// UserAgent is the User-Agent header. Empty omits it.
	UserAgent string
	// Interval is the time between the starts of two checks. 0 is 5 seconds.
	Interval time.Duration
	// Timeout is the longest time that a reply may take. 0 is the interval.
	Timeout time.Duration
	// Healthy and Unhealthy are the numbers of consecutive results that change the health. 0 is 1.
	Healthy, Unhealthy int
	// OK reports whether a status is healthy. Nil accepts 200 only. Redirects are not followed.
	OK func(status int) bool
}

// same reports whether two checks are equal except for OK.
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

// runChecks checks a target at the interval until ctx ends.
func (p *Pool) runChecks(ctx context.Context, t *target) {
	for ctx.Err() == nil {
		check, start := p.check(), p.clock.Now()
		err := p.probe(ctx, check, t.address)
		p.update(func() bool { return p.record(ctx, t, err == nil) })
		// The loop tests the error.
		_ = clock.Wait(ctx, p.clock, check.interval()-p.clock.Now().Sub(start))
	}
}

func (p *Pool) check() Check {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.config.Check
}

// record adds the result of a check to the verdict, unless the check was stopped. It reports
// whether the health changed.
func (p *Pool) record(ctx context.Context, t *target, good bool) (changed bool) {
	if ctx.Err() != nil {
		return false
	}
	was := t.verdict.health
	t.verdict = t.verdict.after(good, p.config)
	changed = t.verdict.health != was
	if changed && t.verdict.health == Healthy {
		p.enterSlowStart(t)
	}
	return changed
}

// probe runs one check. It returns nil if the target is healthy.
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
	_ = conn.Close() // Only the connection counts.
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

// deadline returns d in real time, but not less than minDeadline if d itself is longer.
func deadline(c clock.Clock, d time.Duration) time.Duration {
	return max(clock.Real(c, d), min(d, minDeadline))
}
