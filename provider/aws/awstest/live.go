package awstest

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// liveListener is a listener in the data plane.
type liveListener struct {
	address  string // DNS name of the load balancer, and port
	scheme   string // http or https
	port     int32
	rules    []route
	certs    []*servedCertificate
	policy   string
	balancer balancerSettings
	now      func() time.Time
}

// balancerSettings are the attributes of a load balancer that its data plane implements.
type balancerSettings struct {
	idle         time.Duration
	preserveHost bool
	forwardedFor string // append, preserve or remove
	http2        bool
}

// route is a rule in the data plane.
type route struct {
	match    matcher
	groups   []weighted
	redirect *elbRedirect
	fixed    *elbFixedResponse
}

// weighted is a target group with its weight in a forward action.
type weighted struct {
	pool   *pool
	weight int
	sticky time.Duration // 0 without stickiness
}

// liveAt returns the listener that serves an address, or nil. Two results are the same pointer only
// if nothing about the listener has changed in between.
func (s *Server) liveAt(address string) *liveListener {
	found, _ := s.live.Load(address)
	live, _ := found.(*liveListener)
	return live
}

// newLive compiles a stored listener for the data plane.
func (s *Server) newLive(lb *loadBalancer, l *listener) *liveListener {
	live := &liveListener{
		address:  net.JoinHostPort(lb.Shape.DNSName, strconv.Itoa(int(*l.Shape.Port))),
		scheme:   strings.ToLower(l.Shape.Protocol),
		port:     *l.Shape.Port,
		policy:   l.Shape.SslPolicy,
		certs:    s.servedCertificates(l),
		balancer: s.settingsOf(lb),
		now:      s.now,
	}
	for _, r := range l.rules {
		live.rules = append(live.rules, s.route(r.Shape))
	}
	return live
}

// minIdleTimeout is the minimum idle timeout in real time. On a fast clock the timeout may be
// shorter than a busy machine takes to respond, which must not look like a slow target.
const minIdleTimeout = 5 * time.Second

func (s *Server) settingsOf(lb *loadBalancer) balancerSettings {
	seconds, _ := strconv.Atoi(lb.Attributes["idle_timeout.timeout_seconds"])
	idle := time.Duration(seconds) * time.Second
	for limit := min(idle, minIdleTimeout); clock.Real(s.options.Clock, idle) < limit; {
		idle *= 2
	}
	return balancerSettings{
		idle:         idle,
		preserveHost: lb.Attributes["routing.http.preserve_host_header.enabled"] == "true",
		forwardedFor: lb.Attributes["routing.http.xff_header_processing.mode"],
		http2:        lb.Attributes["routing.http2.enabled"] == "true",
	}
}

// route compiles a rule. The default rule has no conditions and matches every request.
func (s *Server) route(shape elbRule) route {
	r := route{match: compileConditions(shape.Conditions)}
	for _, a := range shape.Actions {
		r.redirect, r.fixed = a.RedirectConfig, a.FixedResponseConfig
		if a.ForwardConfig == nil {
			continue
		}
		for _, t := range a.ForwardConfig.TargetGroups {
			g := s.state.group(t.TargetGroupArn)
			r.groups = append(r.groups, weighted{pool: g.pool, weight: int(or(t.Weight, 1)), sticky: stickiness(g)})
		}
	}
	return r
}

// stickiness returns the duration of stickiness of a target group, or 0 (TargetGroupAttribute).
func stickiness(g *targetGroup) time.Duration {
	if g.Attributes["stickiness.enabled"] != "true" {
		return 0
	}
	seconds, _ := strconv.Atoi(g.Attributes["stickiness.lb_cookie.duration_seconds"])
	return time.Duration(seconds) * time.Second
}
