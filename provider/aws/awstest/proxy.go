package awstest

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// liveHandler handles the requests to one address.
type liveHandler struct {
	server  *Server
	address string
}

// ServeHTTP handles a request by the current rules. If there is no target and the rules have
// changed since, it starts again, because rules and targets are one configuration, and no request
// may see half of a change.
func (h liveHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "awselb/2.0")
	for {
		live := h.server.liveAt(h.address)
		if live != nil && live.serve(w, r) {
			return
		}
		if live == h.server.liveAt(h.address) {
			errorPage(w, http.StatusServiceUnavailable)
			return
		}
	}
}

// serve handles a request. It returns false, without a response, if there is no target.
func (l *liveListener) serve(w http.ResponseWriter, r *http.Request) bool {
	route := l.choose(requestOf(r))
	switch {
	case route == nil:
		return false
	case route.redirect != nil:
		l.redirect(w, r, *route.redirect)
	case route.fixed != nil:
		fixedResponse(w, *route.fixed)
	default:
		g, ok := route.chooseGroup()
		return ok && l.forward(w, r, g)
	}
	return true
}

// errorPage writes the response of the load balancer itself ("HTTP 503: Service unavailable" and so
// on).
func errorPage(w http.ResponseWriter, status int) {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n", text, text)
}

// fixedResponse writes a fixed response. The default content type is text/plain. Unverified:
// FixedResponseActionConfig documents no default.
func fixedResponse(w http.ResponseWriter, f elbFixedResponse) {
	status, err := strconv.Atoi(f.StatusCode)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", cmp.Or(f.ContentType, "text/plain")+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(f.MessageBody)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(f.MessageBody))
}

// redirect writes a redirect (RedirectActionConfig).
func (l *liveListener) redirect(w http.ResponseWriter, r *http.Request, to elbRedirect) {
	status := http.StatusFound
	if to.StatusCode == "HTTP_301" {
		status = http.StatusMovedPermanently
	}
	w.Header().Set("Location", l.location(requestOf(r), to))
	errorPage(w, status)
}

// location returns the URL of a redirect, with its placeholders replaced. It always has a port,
// even 80 and 443.
func (l *liveListener) location(in request, to elbRedirect) string {
	host := in.host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	fill := strings.NewReplacer("#{protocol}", l.scheme, "#{host}", host, "#{port}", strconv.Itoa(int(l.port)),
		"#{path}", strings.TrimPrefix(in.path, "/"), "#{query}", in.query)
	protocol := strings.ToLower(fill.Replace(to.Protocol))
	port := fill.Replace(to.Port)
	location := protocol + "://" + fill.Replace(to.Host) + ":" + port + fill.Replace(to.Path)
	if query := fill.Replace(or(to.Query, "#{query}")); query != "" {
		location += "?" + query
	}
	return location
}

// statusIncompatible is status 464: "The load balancer received an incoming request protocol that
// is incompatible with the version config of the target group protocol" ("Troubleshoot your
// Application Load Balancers").
const statusIncompatible = 464

// forward proxies a request to a target of a group. It returns false if there is no target.
func (l *liveListener) forward(w http.ResponseWriter, r *http.Request, g weighted) bool {
	p := g.pool
	if p.http2 && r.ProtoMajor < 2 {
		errorPage(w, statusIncompatible)
		return true
	}
	lease, until, ok := g.lease(r, l.now())
	if !ok {
		return false
	}
	defer lease.Release()
	w.Header().Del("Server")
	g.bind(w, lease.Address(), l.now(), until)
	dataplane.Forward(w, r, lease, dataplane.Hop{
		Scheme: p.scheme, Timeout: l.balancer.idle, Rewrite: l.rewrite, OnError: gatewayError,
	})
	return true
}

// gatewayError responds with 504 if the target is too slow, and with 502 if it is unreachable or
// breaks off ("Troubleshoot your Application Load Balancers").
func gatewayError(w http.ResponseWriter, _ *http.Request, err error) {
	w.Header().Set("Server", "awselb/2.0")
	w.Header().Del("Set-Cookie")
	if errors.Is(err, dataplane.ErrTimeout) {
		errorPage(w, http.StatusGatewayTimeout)
		return
	}
	errorPage(w, http.StatusBadGateway)
}

// rewrite sets the headers of the request to the target ("HTTP headers and Application Load
// Balancers").
func (l *liveListener) rewrite(pr *httputil.ProxyRequest) {
	pr.Out.Host = l.targetHost(pr.In.Host)
	l.setForwardedFor(pr)
	pr.Out.Header.Set("X-Forwarded-Proto", l.scheme)
	pr.Out.Header.Set("X-Forwarded-Port", strconv.Itoa(int(l.port)))
}

// targetHost adds the port of the listener to a host, unless it is the default of the scheme or the
// load balancer preserves the header.
func (l *liveListener) targetHost(host string) string {
	defaultPort := l.scheme == "http" && l.port == 80 || l.scheme == "https" && l.port == 443
	if l.balancer.preserveHost || defaultPort || host == "" {
		return host
	}
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(int(l.port)))
}

func (l *liveListener) setForwardedFor(pr *httputil.ProxyRequest) {
	received := pr.In.Header.Values("X-Forwarded-For")
	client, _, err := net.SplitHostPort(pr.In.RemoteAddr)
	switch {
	case l.balancer.forwardedFor == "remove":
		pr.Out.Header.Del("X-Forwarded-For")
	case l.balancer.forwardedFor == "preserve":
		pr.Out.Header["X-Forwarded-For"] = received
	case err == nil:
		pr.Out.Header.Set("X-Forwarded-For", strings.Join(append(received[:len(received):len(received)], client), ", "))
	}
}
