package azuretest

import (
	"cmp"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rewriting applies one rewrite rule set to one request and its response (Rewrite HTTP headers and
// URL).
type rewriting struct {
	rules    []rewriteRule
	incoming *http.Request
	path     string
	original string // path of the incoming request
	query    string
	reroute  bool
	set      []headerConfiguration // of the request, with resolved values
	captures map[string]string
	status   int
	reply    http.Header
}

func newRewriting(set *rewriteRuleSet, r *http.Request) *rewriting {
	w := &rewriting{incoming: r, captures: map[string]string{}}
	if set != nil {
		w.rules = slices.Clone(set.RewriteRules)
		slices.SortStableFunc(w.rules, func(a, b rewriteRule) int { return cmp.Compare(a.RuleSequence, b.RuleSequence) })
	}
	return w
}

// request evaluates the rules before the request is sent.
func (w *rewriting) request(r *http.Request, path string) {
	w.original, w.path, w.query = path, path, r.URL.RawQuery
	for _, rule := range w.rules {
		if !w.applies(rule) {
			continue
		}
		for _, h := range rule.ActionSet.RequestHeaders {
			w.set = append(w.set, headerConfiguration{h.HeaderName, w.resolve(h.HeaderValue)})
		}
		if u := rule.ActionSet.URL; u != nil {
			if u.ModifiedPath != "" {
				w.path = w.resolve(u.ModifiedPath)
			}
			if u.ModifiedQueryString != "" {
				w.query = w.resolve(u.ModifiedQueryString)
			}
			w.reroute = w.reroute || u.Reroute
		}
	}
}

// headers sets the headers of the outgoing request. An empty value deletes a header.
func (w *rewriting) headers(out *http.Request) {
	for _, h := range w.set {
		if h.HeaderValue == "" {
			out.Header.Del(h.HeaderName)
			continue
		}
		out.Header.Set(h.HeaderName, h.HeaderValue)
	}
}

// response returns a writer that rewrites the headers of a response, if a rule may do so.
func (w *rewriting) response(rw http.ResponseWriter) http.ResponseWriter {
	for _, rule := range w.rules {
		if len(rule.ActionSet.ResponseHeaders) > 0 {
			return &rewrittenResponse{ResponseWriter: rw, rewriting: w}
		}
	}
	return rw
}

// rewrittenResponse rewrites the headers when they are written.
type rewrittenResponse struct {
	http.ResponseWriter
	rewriting *rewriting
	written   bool
}

// Unwrap returns the underlying writer, for http.ResponseController.
func (r *rewrittenResponse) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader rewrites the headers and writes them.
func (r *rewrittenResponse) WriteHeader(status int) {
	if !r.written && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		r.written = true
		r.rewriting.rewriteResponse(status, r.Header())
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write writes data of the body.
func (r *rewrittenResponse) Write(b []byte) (int, error) {
	if !r.written {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}

func (w *rewriting) rewriteResponse(status int, header http.Header) {
	w.status, w.reply = status, header
	for _, rule := range w.rules {
		if len(rule.ActionSet.ResponseHeaders) == 0 || !w.applies(rule) {
			continue
		}
		for _, h := range rule.ActionSet.ResponseHeaders {
			if value := w.resolve(h.HeaderValue); value != "" {
				header.Set(h.HeaderName, value)
			} else {
				header.Del(h.HeaderName)
			}
		}
	}
}

// applies reports whether all conditions of a rule are true. It stores their captures.
func (w *rewriting) applies(rule rewriteRule) bool {
	for _, c := range rule.Conditions {
		pattern := c.Pattern
		if c.IgnoreCase {
			pattern = "(?i)" + pattern
		}
		// the pattern compiles: the checks have compiled it
		match := regexp.MustCompile(pattern).FindStringSubmatch(w.variable(c.Variable))
		if (match == nil) != c.Negate {
			return false
		}
		for i, m := range match {
			w.captures[c.Variable+"_"+strconv.Itoa(i)] = m
		}
	}
	return true
}

// resolve replaces {http_req_name}, {http_resp_name}, {var_name} and captures in a value.
func (w *rewriting) resolve(value string) string {
	return regexp.MustCompile(`\{[^{}]+\}`).ReplaceAllStringFunc(value, func(s string) string {
		name := s[1 : len(s)-1]
		if captured, ok := w.captures[name]; ok {
			return captured
		}
		return w.variable(name)
	})
}

// variable returns the value of a header or a server variable. Unknown ones are empty.
func (w *rewriting) variable(name string) string {
	if header, ok := strings.CutPrefix(name, "http_req_"); ok {
		return w.incoming.Header.Get(header)
	}
	if header, ok := strings.CutPrefix(name, "http_resp_"); ok {
		if w.reply == nil {
			return ""
		}
		return w.reply.Get(header)
	}
	if cookie, ok := strings.CutPrefix(name, "var_cookie_"); ok {
		if c, err := w.incoming.Cookie(cookie); err == nil {
			return c.Value
		}
		return ""
	}
	return w.serverVariable(strings.TrimPrefix(name, "var_"))
}

func (w *rewriting) serverVariable(name string) string {
	r := w.incoming
	ip, port, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	scheme, enabled := "http", ""
	if r.TLS != nil {
		scheme, enabled = "https", "On"
	}
	variables := map[string]string{
		"uri_path": w.original, "query_string": r.URL.RawQuery, "request_query": r.URL.RawQuery, "request_uri": r.URL.RequestURI(),
		"host": host, "client_ip": ip, "client_port": port, "http_method": r.Method, "http_version": r.Proto,
		"request_scheme": scheme, "ssl_enabled": enabled, "http_status": strconv.Itoa(w.status),
		"add_x_forwarded_for_proxy": strings.Join(append(slices.Clone(r.Header.Values("X-Forwarded-For")), ip), ", "),
	}
	return variables[name]
}
