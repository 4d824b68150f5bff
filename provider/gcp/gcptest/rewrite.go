package gcptest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"google.golang.org/api/compute/v1"
)

// rewrite sets the URL and the headers of the request to the backend.
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
	x.addProxyHeaders(p)
}

// addProxyHeaders adds the headers of the load balancer (page "External Application Load Balancer
// overview", target proxies: X-Forwarded-For, X-Forwarded-Proto, Via).
func (x *exchange) addProxyHeaders(p *httputil.ProxyRequest) {
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

// setPath sets the path of a URL to an encoded path.
func setPath(u *url.URL, encoded string) {
	decoded, err := url.PathUnescape(encoded)
	if err != nil {
		decoded = encoded
	}
	u.Path, u.RawPath = decoded, encoded
}

// editHeaders removes headers, and then adds or replaces others (reference of
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

// responseEditor changes the headers of a response.
type responseEditor struct {
	http.ResponseWriter
	exchange *exchange
	edited   bool
}

// Unwrap supports http.ResponseController, for upgrades and flushing.
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
