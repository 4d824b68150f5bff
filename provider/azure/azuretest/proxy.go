package azuretest

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// siteHandler serves one address and port as one document defines.
type siteHandler struct {
	plan     plan
	socket   socket
	plane    *plane
	backends map[poolKey]*backend
}

// door serves one address and port as the document defines that is in effect when a request
// arrives.
type door struct {
	plane   *plane
	address string
}

// ServeHTTP chooses what to do with a request, then answers it.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.plane.decide(d.address, r).serve(w, r)
}

// answer is a choice with the server that a forwarded request goes to.
type answer struct {
	choice
	site  *siteHandler
	lease *dataplane.Lease
}

// decide chooses listener, target and server atomically, so that no request sees half of a change:
// a request has its server before the pool can be removed.
func (p *plane) decide(address string, r *http.Request) answer {
	p.routing.RLock()
	defer p.routing.RUnlock()
	h := p.sites[address]
	if h == nil {
		// the listener has just been removed
		return answer{choice: choice{status: http.StatusNotFound}}
	}
	c := h.choose(r)
	if c.status != 0 || c.redirect != nil {
		return answer{site: h, choice: c}
	}
	lease, ok := h.lease(h.backends[poolKey{key(h.plan.id), c.target.pool, c.target.settings}], r, c.settings)
	if !ok {
		c.status = http.StatusBadGateway // HTTP response codes, 502
	}
	return answer{site: h, choice: c, lease: lease}
}

func (a answer) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case a.status != 0:
		fail(w, a.status)
	case a.redirect != nil:
		a.site.redirect(w, r, a.redirect)
	default:
		a.proxy(w, r)
	}
}

func fail(w http.ResponseWriter, status int) {
	w.Header().Set("Server", "Microsoft-Azure-Application-Gateway/v2")
	http.Error(w, fmt.Sprintf("%d %s", status, http.StatusText(status)), status)
}

// redirect answers with the target of a redirect configuration (Application Gateway redirect
// overview).
func (h *siteHandler) redirect(w http.ResponseWriter, r *http.Request, c *redirect) {
	w.Header().Set("Location", h.location(r, c))
	w.Header().Set("Server", "Microsoft-Azure-Application-Gateway/v2")
	w.WriteHeader(redirectStatus(c.RedirectType))
}

// location is where a redirect configuration leads. Unverified: that the whole path is appended for
// a path rule too.
func (h *siteHandler) location(r *http.Request, c *redirect) string {
	location := c.TargetURL
	if c.TargetListener != nil {
		location = h.plan.listenerURL(c.TargetListener.name(), r.Host)
	}
	if c.IncludePath {
		location = strings.TrimSuffix(location, "/") + cmp.Or(r.URL.EscapedPath(), "/")
	}
	if c.IncludeQueryString && r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	return location
}

func redirectStatus(kind string) int {
	switch kind {
	case "Permanent":
		return http.StatusMovedPermanently
	case "SeeOther":
		return http.StatusSeeOther
	case "Temporary":
		return http.StatusTemporaryRedirect
	default:
		return http.StatusFound
	}
}

// proxy forwards a request to its server. It answers with 502 if the server does not reply, and
// with 504 if the reply takes too long (HTTP response codes).
func (a answer) proxy(w http.ResponseWriter, r *http.Request) {
	defer a.lease.Release()
	setAffinity(w, a.lease.Address(), a.settings)
	dataplane.Forward(a.set.response(w), r, a.lease, dataplane.Hop{
		Scheme:  "http", // the dialer adds TLS if the settings require it
		Timeout: a.site.plane.extend(time.Duration(a.settings.RequestTimeout) * time.Second),
		Rewrite: func(pr *httputil.ProxyRequest) { a.site.outgoing(pr, a.lease.Address(), a.target, a.settings, a.set) },
		OnError: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, dataplane.ErrTimeout) {
				fail(w, http.StatusGatewayTimeout)
				return
			}
			fail(w, http.StatusBadGateway)
		},
	})
}

// outgoing modifies the request to the backend (How an application gateway works, modifications to
// the request).
func (h *siteHandler) outgoing(pr *httputil.ProxyRequest, address string, t target, s *backendSettings, set *rewriting) {
	out, in := pr.Out, pr.In
	scheme := "http"
	if h.socket.tls {
		scheme = "https"
	}
	out.Header.Set("X-Forwarded-For", strings.Join(append(in.Header.Values("X-Forwarded-For"), in.RemoteAddr), ", "))
	out.Header.Set("X-Forwarded-Proto", scheme)
	out.Header.Set("X-Forwarded-Port", strconv.Itoa(h.socket.port))
	out.Header.Set("X-Original-Host", in.Host)
	out.Header.Set("X-Original-Url", in.URL.RequestURI())
	out.Header.Set("X-Appgw-Trace-Id", fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()))
	set.headers(out)
	setPath(out, overridePath(set.path, s.Path, t), set.query)
	switch {
	case s.HostName != "":
		out.Host = s.HostName
	case s.PickHostName:
		out.Host, _, _ = net.SplitHostPort(address)
	default:
		out.Host = in.Host
	}
}

func setPath(out *http.Request, path, query string) {
	u := *out.URL
	parsed, err := u.Parse(path)
	if err != nil {
		return // cannot happen: the path is from a URL, or was checked
	}
	out.URL.Path, out.URL.RawPath, out.URL.RawQuery = parsed.Path, parsed.RawPath, query
}

// lease selects a server: the one in the client's cookie if the settings have affinity, else the
// next one in turn.
func (h *siteHandler) lease(b *backend, r *http.Request, s *backendSettings) (*dataplane.Lease, bool) {
	lease, ok := b.pool.Pick(canServe)
	if !ok || s.CookieBasedAffinity != "Enabled" {
		return lease, ok
	}
	cookie, err := r.Cookie(affinityCookie(s))
	if err != nil {
		return lease, true
	}
	for range len(b.pool.Health()) {
		if affinityValue(lease.Address()) == cookie.Value {
			return lease, true
		}
		lease.Release()
		if lease, ok = b.pool.Pick(canServe); !ok {
			return nil, false
		}
	}
	return lease, true
}

func affinityCookie(s *backendSettings) string {
	return cmp.Or(s.AffinityCookieName, "ApplicationGatewayAffinity")
}

func affinityValue(address string) string {
	sum := fnv.New128a()
	_, _ = sum.Write([]byte(address)) // a hash never fails
	return hex.EncodeToString(sum.Sum(nil))
}

// setAffinity sets both cookies of a sticky session (HTTP settings configuration, cookie-based
// affinity).
func setAffinity(w http.ResponseWriter, address string, s *backendSettings) {
	if s.CookieBasedAffinity != "Enabled" {
		return
	}
	name, value := affinityCookie(s), affinityValue(address)
	http.SetCookie(w, &http.Cookie{Name: name + "CORS", Value: value, Path: "/", SameSite: http.SameSiteNoneMode, Secure: true})
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/"})
}
