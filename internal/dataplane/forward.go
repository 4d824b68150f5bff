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

// ErrTimeout is the cause of a request that ends because the target exceeds the timeout of the hop.
var ErrTimeout = errors.New("target is too slow")

// Hop configures the connection from a load balancer to a target.
type Hop struct {
	// Scheme is http, https (HTTP/1.1), h2 (HTTP/2 over TLS) or h2c (HTTP/2 without TLS). Empty is
	// http. Certificates are not verified.
	Scheme string
	// Dial connects to the target. Nil is the dialer of the pool.
	Dial Dialer
	// Timeout is the longest time, on the clock of the pool, until the target sends the header of
	// its reply. Each read of the request body restarts it. 0 is unlimited.
	Timeout time.Duration
	// Rewrite changes the request to the target. Nil changes nothing. The Forwarded and X-Forwarded
	// headers of the client are in In, but not in Out. Changes of the scheme and the host of
	// Out.URL have no effect.
	Rewrite func(*httputil.ProxyRequest)
	// OnError responds if there is no reply from the target. The error is ErrTimeout, ErrDrained or
	// a network error. Nil responds with 504 for ErrTimeout and with 502 for others.
	OnError func(w http.ResponseWriter, r *http.Request, err error)
}

// proxyState is shared by all requests of a pool.
type proxyState struct {
	buffers *buffers
	logger  *log.Logger
}

func newProxyState() proxyState {
	return proxyState{buffers: &buffers{}, logger: discardLogger()}
}

// Forward sends a request to a leased target and streams the reply. It supports WebSockets. The
// request is canceled when the draining time of the target ends. Forward panics with
// http.ErrAbortHandler if a reply is incomplete, so that the client detects it. Callers must
// therefore release the lease with defer.
func Forward(w http.ResponseWriter, r *http.Request, l *Lease, h Hop) {
	ctx, cancel := l.Context(r.Context())
	defer cancel()
	ctx, end := context.WithCancelCause(ctx)
	defer end(context.Canceled)
	if h.Dial != nil {
		ctx = context.WithValue(ctx, dialerKey{}, h.Dial)
	}
	pool := l.target.pool
	proxy := httputil.ReverseProxy{
		Rewrite:       func(pr *httputil.ProxyRequest) { h.rewrite(pr, l.Address()) },
		Transport:     &timeoutTransport{next: l.target.hops.get(h.Scheme), limit: deadline(pool.clock, h.Timeout), end: end},
		ErrorHandler:  h.onError(),
		FlushInterval: -1, // Load balancers do not delay parts of a reply.
		BufferPool:    pool.forwarding.buffers,
		ErrorLog:      pool.forwarding.logger,
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

func (h Hop) rewrite(pr *httputil.ProxyRequest, address string) {
	// ReverseProxy removes malformed query parameters. Load balancers do not change the query.
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

// timeoutTransport limits the time until the header of a reply.
type timeoutTransport struct {
	next  http.RoundTripper
	limit time.Duration // 0 is unlimited
	end   context.CancelCauseFunc
}

// RoundTrip sends a request. If its context ended, the error is the cause.
func (p *timeoutTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.limit > 0 {
		timer := time.AfterFunc(p.limit, func() { p.end(ErrTimeout) })
		defer timer.Stop()
		if r.Body != nil {
			r.Body = &timedBody{ReadCloser: r.Body, timer: timer, limit: p.limit}
		}
	}
	reply, err := p.next.RoundTrip(r)
	if cause := context.Cause(r.Context()); err != nil && cause != nil {
		return nil, cause
	}
	return reply, err
}

// timedBody is a request body that restarts the timer at each read.
type timedBody struct {
	io.ReadCloser
	timer *time.Timer
	limit time.Duration
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && b.timer.Stop() {
		// Stop is only true until the header of the reply.
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

// Put returns a buffer to the pool.
func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
