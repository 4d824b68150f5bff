package awstest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// door is where the requests for one address come in.
type door struct {
	server  *Server
	address string
}

// ServeHTTP answers one request by the rules as they are now. A request that found no target by
// rules which were changed in the meantime is decided again: rules and targets are one
// configuration, and no request may see half of a change.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "awselb/2.0")
	for {
		seat := d.server.seatAt(d.address)
		if seat != nil && seat.serve(w, r) {
			return
		}
		if seat == d.server.seatAt(d.address) {
			refuseRequest(w, http.StatusServiceUnavailable)
			return
		}
	}
}

// serve answers a request; false means that there is no target for it, and that nothing was
// answered.
func (s *seat) serve(w http.ResponseWriter, r *http.Request) bool {
	route := s.choose(requestOf(r))
	switch {
	case route == nil:
		return false
	case route.redirect != nil:
		s.sendAway(w, r, *route.redirect)
	case route.fixed != nil:
		answer(w, *route.fixed)
	default:
		g, ok := route.draw()
		return ok && s.forward(w, r, g)
	}
	return true
}

// refuseRequest is the load balancer's own error page ("HTTP 503: Service unavailable" and so on).
func refuseRequest(w http.ResponseWriter, status int) {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n", text, text)
}

// answer sends a fixed response. Without a content type it is text/plain (FixedResponseActionConfig
// lists no default; Unverified).
func answer(w http.ResponseWriter, f elbFixedResponse) {
	status, err := strconv.Atoi(f.StatusCode)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", first(f.ContentType, "text/plain")+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(f.MessageBody)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(f.MessageBody))
}

// sendAway answers a redirect, filling in the keywords of its components (RedirectActionConfig).
// The port is always part of the location, 80 and 443 too.
func (s *seat) sendAway(w http.ResponseWriter, r *http.Request, to elbRedirect) {
	status := http.StatusFound
	if to.StatusCode == "HTTP_301" {
		status = http.StatusMovedPermanently
	}
	w.Header().Set("Location", s.location(requestOf(r), to))
	refuseRequest(w, status)
}

func (s *seat) location(in request, to elbRedirect) string {
	host := in.host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	fill := strings.NewReplacer("#{protocol}", s.scheme, "#{host}", host, "#{port}", strconv.Itoa(int(s.port)),
		"#{path}", strings.TrimPrefix(in.path, "/"), "#{query}", in.query)
	protocol := strings.ToLower(fill.Replace(to.Protocol))
	port := fill.Replace(to.Port)
	location := protocol + "://" + fill.Replace(to.Host) + ":" + port + fill.Replace(to.Path)
	if query := fill.Replace(or(to.Query, "#{query}")); query != "" {
		location += "?" + query
	}
	return location
}

// statusIncompatible is 464: "The load balancer received an incoming request protocol that is
// incompatible with the version config of the target group protocol" ("Troubleshoot your
// Application Load Balancers").
const statusIncompatible = 464

// forward sends a request to a target of a group; false means that there is none that may have it.
func (s *seat) forward(w http.ResponseWriter, r *http.Request, g weighted) bool {
	p := g.pool
	if p.http2 && r.ProtoMajor < 2 {
		refuseRequest(w, statusIncompatible)
		return true
	}
	lease, until, ok := g.lease(r, s.now())
	if !ok {
		return false
	}
	defer lease.Release()
	w.Header().Del("Server")
	g.bind(w, lease.Address(), s.now(), until)
	dataplane.Forward(w, r, lease, dataplane.Hop{
		Scheme: p.scheme, Timeout: s.balancer.idle, Rewrite: s.rewrite, OnError: gatewayError,
	})
	return true
}

// gatewayError is 504 for a target that does not answer in time and 502 for one that breaks off or
// cannot be reached ("Troubleshoot your Application Load Balancers").
func gatewayError(w http.ResponseWriter, _ *http.Request, err error) {
	w.Header().Set("Server", "awselb/2.0")
	w.Header().Del("Set-Cookie")
	if errors.Is(err, dataplane.ErrTimeout) {
		refuseRequest(w, http.StatusGatewayTimeout)
		return
	}
	refuseRequest(w, http.StatusBadGateway)
}

// rewrite sets the headers that a target sees ("HTTP headers and Application Load Balancers"). Host
// gets the listener's port unless that is the scheme's own or the load balancer preserves the
// header.
func (s *seat) rewrite(pr *httputil.ProxyRequest) {
	pr.Out.Host = s.targetHost(pr.In.Host)
	s.setForwardedFor(pr)
	pr.Out.Header.Set("X-Forwarded-Proto", s.scheme)
	pr.Out.Header.Set("X-Forwarded-Port", strconv.Itoa(int(s.port)))
}

func (s *seat) targetHost(host string) string {
	ownPort := s.scheme == "http" && s.port == 80 || s.scheme == "https" && s.port == 443
	if s.balancer.preserveHost || ownPort || host == "" {
		return host
	}
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(int(s.port)))
}

func (s *seat) setForwardedFor(pr *httputil.ProxyRequest) {
	came := pr.In.Header.Values("X-Forwarded-For")
	client, _, err := net.SplitHostPort(pr.In.RemoteAddr)
	switch {
	case s.balancer.forwardedFor == "remove":
		pr.Out.Header.Del("X-Forwarded-For")
	case s.balancer.forwardedFor == "preserve":
		pr.Out.Header["X-Forwarded-For"] = came
	case err == nil:
		pr.Out.Header.Set("X-Forwarded-For", strings.Join(append(came[:len(came):len(came)], client), ", "))
	}
}
