package dataplane

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// ErrTimeout is why a request ends whose target was silent for longer than the hop allows.
var ErrTimeout = errors.New("target is too slow")

// Hop is how a request goes from the load balancer to a target.
type Hop struct {
	// Scheme is http, https (HTTP/1.1, and the certificate is not verified), h2 (HTTP/2 over TLS,
	// likewise) or h2c (HTTP/2 without TLS); empty is http.
	Scheme string
	// Dial reaches the target; nil is the pool's dialer.
	Dial Dialer
	// Timeout is how long the target may stay silent before the header of its reply, on the pool's
	// clock; each piece of a request body starts it anew. 0 is forever.
	Timeout time.Duration
	// Rewrite changes the request on its way; nil changes nothing. Forwarded and X-Forwarded
	// headers of the client are not in Out, only in In. Scheme and host of the URL of Out are the
	// target's whatever Rewrite makes of them.
	Rewrite func(*httputil.ProxyRequest)
	// OnError answers when the target gave no answer: ErrTimeout and ErrDrained say why, anything
	// else is the network's error. Nil answers 504 for ErrTimeout and 502 for the rest.
	OnError func(w http.ResponseWriter, r *http.Request, err error)
}

// proxying is what all requests of a pool share.
type proxying struct {
	buffers *buffers
	silence *log.Logger
}

func newProxying() proxying {
	return proxying{buffers: &buffers{}, silence: log.New(io.Discard, "", 0)}
}

// Forward sends one request to a leased target and streams the reply back; WebSockets pass. The
// request is cut when the target's draining time is over. It panics with http.ErrAbortHandler, as
// handlers do, when a reply breaks in the middle, so that the client sees it broken too: release
// the lease by defer.
func Forward(w http.ResponseWriter, r *http.Request, l *Lease, h Hop) {
	ctx, cancel := l.Context(r.Context())
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(context.Canceled)
	if h.Dial != nil {
		ctx = context.WithValue(ctx, dialing{}, h.Dial)
	}
	pool := l.target.pool
	proxy := httputil.ReverseProxy{
		Rewrite:       func(pr *httputil.ProxyRequest) { h.rewrite(pr, l.Address()) },
		Transport:     &patience{next: l.target.hops.get(h.Scheme), limit: deadline(pool.clock, h.Timeout), end: end},
		ErrorHandler:  h.onError(),
		FlushInterval: -1, // A load balancer passes on what it has.
		BufferPool:    pool.proxying.buffers,
		ErrorLog:      pool.proxying.silence,
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

func (h Hop) rewrite(pr *httputil.ProxyRequest, address string) {
	// The proxy drops query parameters that do not parse; a load balancer passes the query as it
	// came.
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery
	h.direct(pr.Out, address)
	if h.Rewrite != nil {
		h.Rewrite(pr)
		h.direct(pr.Out, address)
	}
}

func (h Hop) direct(out *http.Request, address string) {
	out.URL.Scheme, out.URL.Host = urlScheme(h.Scheme), address
}

func (h Hop) onError() func(http.ResponseWriter, *http.Request, error) {
	if h.OnError != nil {
		return h.OnError
	}
	return func(w http.ResponseWriter, _ *http.Request, err error) {
		status := http.StatusBadGateway
		if errors.Is(err, ErrTimeout) {
			status = http.StatusGatewayTimeout
		}
		http.Error(w, http.StatusText(status), status)
	}
}

// patience waits for the header of a reply for a limited time.
type patience struct {
	next  http.RoundTripper
	limit time.Duration // 0 is none
	end   context.CancelCauseFunc
}

// RoundTrip sends a request and returns why its context ended, if that is the reason for an error.
func (p *patience) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.limit > 0 {
		timer := time.AfterFunc(p.limit, func() { p.end(ErrTimeout) })
		defer timer.Stop()
		if r.Body != nil {
			r.Body = &heard{ReadCloser: r.Body, timer: timer, limit: p.limit}
		}
	}
	reply, err := p.next.RoundTrip(r)
	if cause := context.Cause(r.Context()); err != nil && cause != nil {
		return nil, cause
	}
	return reply, err
}

// heard is a request body each piece of which gives the target its time anew.
type heard struct {
	io.ReadCloser
	timer *time.Timer
	limit time.Duration
}

func (b *heard) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && b.timer.Stop() {
		// Stop is true only while the header of the reply is still awaited.
		b.timer.Reset(b.limit)
	}
	return n, err
}

// buffers are the copy buffers of a pool's requests.
type buffers struct{ pool sync.Pool }

// Get returns a buffer.
func (b *buffers) Get() []byte {
	if have, ok := b.pool.Get().(*[]byte); ok {
		return *have
	}
	return make([]byte, 32<<10)
}

// Put takes a buffer back.
func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
