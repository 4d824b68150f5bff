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

// ServeHTTP answers one request that reached a listener.
func (s *seat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "awselb/2.0")
	route := s.choose(requestOf(r))
	switch {
	case route == nil:
		refuseRequest(w, http.StatusServiceUnavailable)
	case route.redirect != nil:
		s.sendAway(w, r, *route.redirect)
	case route.fixed != nil:
		answer(w, *route.fixed)
	default:
		s.forward(w, r, route.draw())
	}
}

// refuseRequest is the load balancer's own error page ("HTTP 503: Service unavailable" and so on).
func refuseRequest(w http.ResponseWriter, status int) {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n</body>\r\n</html>\r\n", text, text)
}

// answer sends a fixed response. Without a content type it is text/plain (FixedResponseActionConfig lists no default;
// Unverified).
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

// sendAway answers a redirect, filling in the keywords of its components (RedirectActionConfig). The port is always part of the
// location, 80 and 443 too.
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

// statusIncompatible is 464: "The load balancer received an incoming request protocol that is incompatible with the version config
// of the target group protocol" ("Troubleshoot your Application Load Balancers").
const statusIncompatible = 464

// forward sends a request to a target of a group. Without a target that may have it the answer is 503.
func (s *seat) forward(w http.ResponseWriter, r *http.Request, p *pool) {
	if p == nil {
		refuseRequest(w, http.StatusServiceUnavailable)
		return
	}
	if p.http2 && r.ProtoMajor < 2 {
		refuseRequest(w, statusIncompatible)
		return
	}
	lease, ok := p.pick()
	if !ok {
		refuseRequest(w, http.StatusServiceUnavailable)
		return
	}
	defer lease.Release()
	w.Header().Del("Server")
	dataplane.Forward(w, r, lease, dataplane.Hop{
		Scheme: p.scheme, Timeout: s.balancer.idle, Rewrite: s.rewrite, OnError: gatewayError,
	})
}

// gatewayError is 504 for a target that does not answer in time and 502 for one that breaks off or cannot be reached
// ("Troubleshoot your Application Load Balancers").
func gatewayError(w http.ResponseWriter, _ *http.Request, err error) {
	w.Header().Set("Server", "awselb/2.0")
	if errors.Is(err, dataplane.ErrTimeout) {
		refuseRequest(w, http.StatusGatewayTimeout)
		return
	}
	refuseRequest(w, http.StatusBadGateway)
}

// rewrite sets the headers that a target sees ("HTTP headers and Application Load Balancers"). Host gets the listener's port
// unless that is the scheme's own or the load balancer preserves the header.
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
