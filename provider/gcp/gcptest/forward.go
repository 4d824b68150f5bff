package gcptest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

// frontHandler serves the requests to one address of a load balancer.
type frontHandler struct {
	plane   *plane
	address string
}

// exchange is one request and its response.
type exchange struct {
	plane   *plane
	view    *view
	secure  bool
	verdict verdict
	headers []*compute.HttpHeaderAction
	service *serviceView
}

// ServeHTTP serves one request by the current view. If the request finds no endpoint and the view
// has changed in the meantime, it is routed again: URL maps and backend services are one
// configuration of a proxy, and a request must not see half of a change.
func (h *frontHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for {
		v := h.plane.view.Load()
		f := v.fronts[h.address]
		if f == nil {
			plain(w, http.StatusNotFound, "no forwarding rule")
			return
		}
		x := &exchange{plane: h.plane, view: v, secure: f.tls != nil, verdict: f.router.route(newRequest(r))}
		if x.serve(w, r) {
			return
		}
		if v == h.plane.view.Load() {
			plain(w, http.StatusServiceUnavailable, "no healthy upstream")
			return
		}
	}
}

// serve applies the matched rule in the order of the proxy's filters: redirect, fault, forward. It
// is false if there is no healthy endpoint. Nothing is sent then.
func (x *exchange) serve(w http.ResponseWriter, r *http.Request) bool {
	if x.verdict.redirect != nil {
		x.redirect(w, r)
		return true
	}
	if x.fault(w, r) {
		return true
	}
	link := x.choose()
	x.headers = append(x.headers, x.verdict.headers...)
	x.service = x.view.services[link]
	return x.service != nil && x.forward(w, r)
}

// choose returns a random backend service by weight.
func (x *exchange) choose() string {
	if x.verdict.action == nil || len(x.verdict.action.WeightedBackendServices) == 0 {
		return x.verdict.service
	}
	var sum int64
	for _, w := range x.verdict.action.WeightedBackendServices {
		sum += w.Weight
	}
	at := rand.Int64N(max(sum, 1))
	for _, w := range x.verdict.action.WeightedBackendServices {
		if at -= w.Weight; at < 0 {
			x.headers = headers(w.HeaderAction)
			return w.BackendService
		}
	}
	return ""
}

// abortBody is the body of an aborted request, as of Envoy's fault filter.
const abortBody = "fault filter abort"

// fault injects the faults of the rule: first a delay, then an abort, which ends the request.
func (x *exchange) fault(w http.ResponseWriter, r *http.Request) bool {
	if x.verdict.action == nil || x.verdict.action.FaultInjectionPolicy == nil {
		return false
	}
	policy := x.verdict.action.FaultInjectionPolicy
	if d := policy.Delay; d != nil && hit(d.Percentage) {
		select {
		case <-r.Context().Done():
			return true
		case <-x.plane.clock.After(span(d.FixedDelay)):
		}
	}
	if a := policy.Abort; a != nil && hit(a.Percentage) {
		plain(w, int(a.HttpStatus), abortBody)
		return true
	}
	return false
}

// hit reports whether a percentage applies to this request.
func hit(percentage float64) bool {
	return rand.Float64()*100 < percentage
}

func span(d *compute.Duration) time.Duration {
	return time.Duration(d.Seconds)*time.Second + time.Duration(d.Nanos)
}

func plain(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Via", "1.1 google")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// forward sends the request to a healthy endpoint. It is false if there is none, and the response
// is then 503 (page "Health checks overview"). There is no retry, although the cloud retries a GET
// once by default: a retry would hide failures from tests.
func (x *exchange) forward(w http.ResponseWriter, r *http.Request) bool {
	lease, ok := x.service.pool.Pick(func(h dataplane.Health) bool { return h == dataplane.Healthy })
	if !ok {
		return false
	}
	defer lease.Release()
	limit := x.timeout()
	// The timeout covers the whole response, including WebSockets (page "Backend services
	// overview", backend service timeout).
	ctx, cancel := context.WithTimeoutCause(r.Context(), limit, dataplane.ErrTimeout)
	defer cancel()
	dataplane.Forward(&responseEditor{ResponseWriter: w, exchange: x}, r.WithContext(ctx), lease, dataplane.Hop{
		Scheme:  map[string]string{"HTTP": "http", "HTTPS": "https", "HTTP2": "h2", "H2C": "h2c"}[x.service.source.Protocol],
		Rewrite: func(p *httputil.ProxyRequest) { x.rewrite(p) },
		OnError: func(w http.ResponseWriter, _ *http.Request, err error) { unreachable(w, err) },
	})
	return true
}

// minTimeout is the minimum real timeout on a fast clock, unless a shorter one is configured: a
// loaded machine must not look like a slow pod.
const minTimeout = 10 * time.Second

// timeout returns the timeout of the route, else of the backend service, in real time.
func (x *exchange) timeout() time.Duration {
	d := time.Duration(x.service.source.TimeoutSec) * time.Second
	if a := x.verdict.action; a != nil && a.Timeout != nil {
		d = span(a.Timeout)
	}
	return max(clock.Real(x.plane.clock, d), min(d, minTimeout))
}

// unreachable responds for an endpoint without a response: 504 after the timeout, else 502 (page
// "Logging and monitoring", statusDetails failed_to_connect_to_backend and
// backend_connection_closed_before_data_sent_to_client).
func unreachable(w http.ResponseWriter, err error) {
	if errors.Is(err, dataplane.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		plain(w, http.StatusGatewayTimeout, "upstream request timeout")
		return
	}
	plain(w, http.StatusBadGateway, "upstream connect error or disconnect/reset before headers")
}
