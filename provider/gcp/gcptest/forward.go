package gcptest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

// frontHandler answers the requests of one address of a load balancer.
type frontHandler struct {
	plane   *plane
	address string
}

// exchange is one request on its way through a load balancer.
type exchange struct {
	plane   *plane
	view    *view
	secure  bool
	verdict verdict
	headers []*compute.HttpHeaderAction
	service *serviceView
}

// ServeHTTP answers one request by the view of now. A request that found no endpoint by a view
// which was changed in the meantime is decided again: URL maps and backend services are one
// configuration of a proxy, and no request may see half of a change.
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

// serve does what the matched rule says, in the order of the proxy's filters: redirect, fault, then
// forward. It is false when no endpoint may have the request, and nothing was answered.
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

// choose picks the backend service by weight, at random as a proxy does.
func (x *exchange) choose() string {
	if x.verdict.action == nil || len(x.verdict.action.WeightedBackendServices) == 0 {
		return x.verdict.service
	}
	var sum int64
	for _, w := range x.verdict.action.WeightedBackendServices {
		sum += w.Weight
	}
	at := rand.Int64N(max(sum, 1)) //nolint:gosec // not a secret
	for _, w := range x.verdict.action.WeightedBackendServices {
		if at -= w.Weight; at < 0 {
			x.headers = headers(w.HeaderAction)
			return w.BackendService
		}
	}
	return ""
}

// redirect answers with the Location that HttpRedirectAction describes.
func (x *exchange) redirect(w http.ResponseWriter, r *http.Request) {
	for _, h := range x.verdict.headers {
		editHeaders(w.Header(), h.ResponseHeadersToAdd, h.ResponseHeadersToRemove)
	}
	w.Header().Set("Location", x.location(r))
	w.WriteHeader(redirectStatus(x.verdict.redirect.RedirectResponseCode))
}

// location is where a redirect leads.
func (x *exchange) location(r *http.Request) string {
	a := x.verdict.redirect
	scheme, host := "http", r.Host
	if x.secure {
		scheme = "https"
	}
	if a.HttpsRedirect {
		// The default port of the old scheme would be wrong in the new one. Unverified: what
		// becomes of other ports.
		scheme, host = "https", strings.TrimSuffix(host, ":80")
	}
	if a.HostRedirect != "" {
		host = a.HostRedirect
	}
	path, query := x.redirectPath(newRequest(r).path), r.URL.RawQuery
	if p, q, ok := strings.Cut(path, "?"); ok {
		path, query = p, q
	}
	if query != "" && !a.StripQuery {
		return scheme + "://" + host + path + "?" + query
	}
	return scheme + "://" + host + path
}

func (x *exchange) redirectPath(path string) string {
	a := x.verdict.redirect
	switch {
	case a.PathRedirect != "":
		return a.PathRedirect
	case a.PrefixRedirect != "":
		return a.PrefixRedirect + strings.TrimPrefix(path, x.verdict.prefix)
	default:
		return path
	}
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

// hit tells whether a percentage applies to this request.
func hit(percentage float64) bool {
	return rand.Float64()*100 < percentage //nolint:gosec // not a secret
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

// forward sends the request to a healthy endpoint. Without one it is false, and the answer is 503
// (page "Health checks overview": requests fail when no backend is healthy). There is no retry: the
// cloud retries a GET once by default, and a judge must not hide a failure.
func (x *exchange) forward(w http.ResponseWriter, r *http.Request) bool {
	lease, ok := x.service.pool.Pick(func(h dataplane.Health) bool { return h == dataplane.Healthy })
	if !ok {
		return false
	}
	defer lease.Release()
	limit := x.timeout()
	// The timeout covers the whole response, WebSockets too (page "Backend services overview",
	// backend service timeout).
	ctx, cancel := context.WithTimeoutCause(r.Context(), limit, dataplane.ErrTimeout)
	defer cancel()
	dataplane.Forward(&responseEditor{ResponseWriter: w, exchange: x}, r.WithContext(ctx), lease, dataplane.Hop{
		Scheme:  map[string]string{"HTTP": "http", "HTTPS": "https", "HTTP2": "h2", "H2C": "h2c"}[x.service.source.Protocol],
		Rewrite: func(p *httputil.ProxyRequest) { x.rewrite(p) },
		OnError: func(w http.ResponseWriter, _ *http.Request, err error) { unreachable(w, err) },
	})
	return true
}

// leastTimeout is the least real time that a response gets on a fast clock, unless less was asked
// for: the load of the machine must not look like a slow pod.
const leastTimeout = 10 * time.Second

// timeout is the route's, else the backend service's, in real time.
func (x *exchange) timeout() time.Duration {
	d := time.Duration(x.service.source.TimeoutSec) * time.Second
	if a := x.verdict.action; a != nil && a.Timeout != nil {
		d = span(a.Timeout)
	}
	return max(clock.Real(x.plane.clock, d), min(d, leastTimeout))
}

// unreachable answers for an endpoint that gave no answer: 504 when it was too slow, else 502 with
// the page's failed_to_connect_to_backend / backend_connection_closed_before_data_sent_to_client
// (page "Logging and monitoring", statusDetails).
func unreachable(w http.ResponseWriter, err error) {
	if errors.Is(err, dataplane.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		plain(w, http.StatusGatewayTimeout, "upstream request timeout")
		return
	}
	plain(w, http.StatusBadGateway, "upstream connect error or disconnect/reset before headers")
}

// rewrite turns the client's request into the backend's: URL, headers, and the headers that the
// load balancer adds itself (page "External Application Load Balancer overview", target proxies:
// X-Forwarded-For, X-Forwarded-Proto, Via).
func (x *exchange) rewrite(p *httputil.ProxyRequest) {
	q := newRequest(p.In)
	path := q.path
	if a := x.verdict.action; a != nil && a.UrlRewrite != nil {
		path = x.rewritePath(a.UrlRewrite, path)
		if a.UrlRewrite.HostRewrite != "" {
			p.Out.Host = a.UrlRewrite.HostRewrite
		}
	}
	setPath(p.Out.URL, path)
	for _, h := range x.headers {
		editHeaders(p.Out.Header, h.RequestHeadersToAdd, h.RequestHeadersToRemove)
	}
	for _, h := range x.service.source.CustomRequestHeaders {
		name, value, _ := strings.Cut(h, ":")
		p.Out.Header.Set(name, strings.TrimSpace(value))
	}
	x.announce(p)
}

// announce sets the headers by which a backend knows who asked.
func (x *exchange) announce(p *httputil.ProxyRequest) {
	client, _, _ := net.SplitHostPort(p.In.RemoteAddr)
	local, _ := p.In.Context().Value(http.LocalAddrContextKey).(net.Addr)
	balancer := ""
	if local != nil {
		balancer, _, _ = net.SplitHostPort(local.String())
	}
	chain := append(p.In.Header.Values("X-Forwarded-For"), client, balancer)
	p.Out.Header.Set("X-Forwarded-For", strings.Join(chain, ","))
	p.Out.Header.Set("X-Forwarded-Proto", map[bool]string{true: "https", false: "http"}[x.secure])
	p.Out.Header.Add("Via", fmt.Sprintf("%d.%d google", p.In.ProtoMajor, p.In.ProtoMinor))
}

func (x *exchange) rewritePath(u *compute.UrlRewrite, path string) string {
	switch {
	case u.PathTemplateRewrite != "":
		return fillTemplate(u.PathTemplateRewrite, x.verdict.vars)
	case u.PathPrefixRewrite != "":
		return u.PathPrefixRewrite + strings.TrimPrefix(path, x.verdict.prefix)
	default:
		return path
	}
}

// setPath gives a URL a path in the encoded form.
func setPath(u *url.URL, encoded string) {
	decoded, err := url.PathUnescape(encoded)
	if err != nil {
		decoded = encoded
	}
	u.Path, u.RawPath = decoded, encoded
}

// editHeaders removes, then adds; an addition replaces the header when it says so (reference of
// HttpHeaderOption.replace).
func editHeaders(h http.Header, add []*compute.HttpHeaderOption, remove []string) {
	for _, name := range remove {
		h.Del(name)
	}
	for _, a := range add {
		if a.Replace {
			h.Set(a.HeaderName, a.HeaderValue)
		} else {
			h.Add(a.HeaderName, a.HeaderValue)
		}
	}
}

// responseEditor changes the headers of a response before they are sent.
type responseEditor struct {
	http.ResponseWriter
	exchange *exchange
	edited   bool
}

// Unwrap lets the server reach the connection, for upgrades and flushing.
func (e *responseEditor) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// WriteHeader edits the headers of the final response.
func (e *responseEditor) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		e.edit()
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *responseEditor) edit() {
	if e.edited {
		return
	}
	e.edited = true
	h := e.Header()
	for _, a := range e.exchange.headers {
		editHeaders(h, a.ResponseHeadersToAdd, a.ResponseHeadersToRemove)
	}
	for _, custom := range e.exchange.service.source.CustomResponseHeaders {
		name, value, _ := strings.Cut(custom, ":")
		h.Set(name, strings.TrimSpace(value))
	}
	if h.Get("Via") == "" {
		h.Set("Via", "1.1 google")
	}
}
