package gcptest

import (
	"net/http"
)

// Trace is what a load balancer does with a request, before any endpoint is chosen.
type Trace struct {
	// Status is what the load balancer answers itself, by redirect or injected fault; 0 when it
	// forwards.
	Status int
	// Location is where a redirect leads.
	Location string
	// Host and Path are what the backend sees; empty where the load balancer answers itself. The
	// query stays as it came.
	Host, Path string
	// Services are the weights of the backend services, by name, that the request may go to.
	// Services of weight 0 are left out.
	Services map[string]int64
}

// Trace tells what the load balancer at an address ("203.0.113.10:80") does with a request, by the
// rules that the data plane follows, without sending it. It is false when nothing listens there.
// Faults of less than 100 % are not told.
func (s *Server) Trace(address string, r *http.Request) (Trace, bool) {
	v := s.plane.view.Load()
	f := v.fronts[address]
	if f == nil {
		return Trace{}, false
	}
	x := &exchange{plane: s.plane, view: v, secure: f.tls != nil, verdict: f.router.route(newRequest(r))}
	return x.trace(r), true
}

func (x *exchange) trace(r *http.Request) Trace {
	a := x.verdict.action
	switch {
	case x.verdict.redirect != nil:
		return Trace{Status: redirectStatus(x.verdict.redirect.RedirectResponseCode), Location: x.location(r)}
	case a != nil && a.FaultInjectionPolicy != nil && a.FaultInjectionPolicy.Abort != nil && a.FaultInjectionPolicy.Abort.Percentage == 100:
		return Trace{Status: int(a.FaultInjectionPolicy.Abort.HttpStatus)}
	}
	out := Trace{Services: map[string]int64{}, Host: r.Host, Path: newRequest(r).path}
	if a != nil && a.UrlRewrite != nil {
		out.Path = x.rewritePath(a.UrlRewrite, out.Path)
		if a.UrlRewrite.HostRewrite != "" {
			out.Host = a.UrlRewrite.HostRewrite
		}
	}
	if a == nil || len(a.WeightedBackendServices) == 0 {
		out.Services[nameOf(x.verdict.service)] = 1
		return out
	}
	for _, w := range a.WeightedBackendServices {
		if w.Weight > 0 {
			out.Services[nameOf(w.BackendService)] += w.Weight
		}
	}
	return out
}

func nameOf(link string) string {
	k, _ := parseLink(link, "")
	return k.name
}
