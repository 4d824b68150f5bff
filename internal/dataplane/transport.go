package dataplane

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// connectTime is how long a target may take to accept a connection (ALB: "10 seconds", Troubleshoot
// your Application Load Balancers, HTTP 504).
const connectTime = 10 * time.Second

// idleTime is how long an idle connection to a target is kept for the next request, in real time.
const idleTime = time.Minute

// transports are one client for each protocol, made when first needed.
type transports struct {
	pool *Pool
	keep bool // connections are used again

	mu  sync.Mutex
	all map[string]*http.Transport
}

func newTransports(p *Pool, keep bool) *transports {
	return &transports{pool: p, keep: keep, all: map[string]*http.Transport{}}
}

// get returns the client for http, https, h2 or h2c.
func (t *transports) get(protocol string) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if have, ok := t.all[protocol]; ok {
		return have
	}
	made := &http.Transport{
		DialContext:       t.dial,
		Protocols:         protocols(protocol),
		DisableKeepAlives: !t.keep,
		// A load balancer does not ask for what its client did not ask for.
		DisableCompression:    true,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       idleTime,
		ExpectContinueTimeout: time.Second,
		TLSHandshakeTimeout:   deadline(t.pool.clock, connectTime),
		// ALB and the global external Application Load Balancer accept any certificate of a target,
		// self-signed and expired ones too.
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

// dialing carries a hop's own dialer to the moment when its transport needs a connection.
type dialing struct{}

func (t *transports) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline(t.pool.clock, connectTime))
	defer cancel()
	if dial, ok := ctx.Value(dialing{}).(Dialer); ok {
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
