package gcptest

import (
	"net/http"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Route returns what the load balancer at an address ("203.0.113.10:80") does with a request. It
// follows the rules of the data plane without sending the request. It is false if nothing listens
// at the address. Faults of less than 100 % are ignored.
func (s *Server) Route(address string, r *http.Request) (cloudtest.Routed, bool) {
	v := s.plane.view.Load()
	f := v.fronts[address]
	if f == nil {
		return cloudtest.Routed{}, false
	}
	x := &exchange{plane: s.plane, view: v, secure: f.tls != nil, verdict: f.router.route(newRequest(r))}
	return x.routed(r), true
}

func (x *exchange) routed(r *http.Request) cloudtest.Routed {
	a := x.verdict.action
	if x.verdict.redirect != nil {
		return cloudtest.Routed{Status: redirectStatus(x.verdict.redirect.RedirectResponseCode), Location: x.location(r)}
	}
	if abort := abortOf(a); abort != nil && abort.Percentage == 100 {
		return cloudtest.Routed{Status: int(abort.HttpStatus), Body: abortBody}
	}
	out := cloudtest.Routed{Groups: map[string]int{}, Host: r.Host, Path: newRequest(r).path}
	if a != nil && a.UrlRewrite != nil {
		out.Path = x.rewritePath(a.UrlRewrite, out.Path)
		if a.UrlRewrite.HostRewrite != "" {
			out.Host = a.UrlRewrite.HostRewrite
		}
	}
	if a == nil || len(a.WeightedBackendServices) == 0 {
		out.Groups[nameOf(x.verdict.service)] = 1
		return out
	}
	for _, w := range a.WeightedBackendServices {
		if w.Weight > 0 {
			out.Groups[nameOf(w.BackendService)] += int(w.Weight)
		}
	}
	return out
}

// abortOf returns the injected abort of an action, or nil.
func abortOf(a *compute.HttpRouteAction) *compute.HttpFaultAbort {
	if a == nil || a.FaultInjectionPolicy == nil {
		return nil
	}
	return a.FaultInjectionPolicy.Abort
}

// nameOf returns the name in a link.
func nameOf(link string) string {
	k, _ := parseLink(link, "")
	return k.name
}
