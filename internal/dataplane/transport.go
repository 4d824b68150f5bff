package dataplane

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// connectTime is the timeout of a connection to a target (ALB: 10 seconds; page "Troubleshoot your
// Application Load Balancers", HTTP 504).
const connectTime = 10 * time.Second

// idleTime is the time, in real time, after which an idle connection to a target is closed.
const idleTime = time.Minute

// transports has one transport per protocol, created at its first use.
type transports struct {
	pool  *Pool
	reuse bool // reuse connections

	mu  sync.Mutex
	all map[string]*http.Transport
}

func newTransports(p *Pool, reuse bool) *transports {
	return &transports{pool: p, reuse: reuse, all: map[string]*http.Transport{}}
}

// get returns the transport for http, https, h2 or h2c.
func (t *transports) get(protocol string) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if have, ok := t.all[protocol]; ok {
		return have
	}
	made := &http.Transport{
		DialContext:       t.dial,
		Protocols:         protocols(protocol),
		DisableKeepAlives: !t.reuse,
		// A load balancer does not request compression for its client.
		DisableCompression:    true,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       idleTime,
		ExpectContinueTimeout: time.Second,
		TLSHandshakeTimeout:   deadline(t.pool.clock, connectTime),
		// ALB and the global external Application Load Balancer accept any certificate of a target,
		// including self-signed and expired ones.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	t.all[protocol] = made
	return made
}

func (t *transports) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, each := range t.all {
		each.CloseIdleConnections()
	}
}

// dialerKey is the context key of the dialer of a hop.
type dialerKey struct{}

func (t *transports) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline(t.pool.clock, connectTime))
	defer cancel()
	if dial, ok := ctx.Value(dialerKey{}).(Dialer); ok {
		return dial(ctx, network, address)
	}
	return t.pool.dial(ctx, network, address)
}

func protocols(protocol string) *http.Protocols {
	p := new(http.Protocols)
	switch protocol {
	case "h2":
		p.SetHTTP2(true)
	case "h2c":
		p.SetUnencryptedHTTP2(true)
	default:
		p.SetHTTP1(true)
	}
	return p
}

func urlScheme(protocol string) string {
	if protocol == "https" || protocol == "h2" {
		return "https"
	}
	return "http"
}
