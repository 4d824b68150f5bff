package azuretest

import (
	"cmp"
	"net/http"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// Route returns what the data plane does with a request at an address of a gateway's frontend, such
// as 20.64.0.1:80, whatever the health of the servers. Nothing is sent. The groups are backend
// address pools. Host is empty where each server gets its own address as the host. Route reports
// false where no gateway listens at the address.
func (s *Server) Route(address string, r *http.Request) (cloudtest.Routed, bool) {
	h := s.plane.siteAt(address)
	if h == nil {
		return cloudtest.Routed{}, false
	}
	return h.routed(h.choose(r), r), true
}

func (p *plane) siteAt(address string) *siteHandler {
	p.routing.RLock()
	defer p.routing.RUnlock()
	return p.sites[address]
}

// routed describes a choice. A pool without addresses is answered with 502.
func (h *siteHandler) routed(c choice, r *http.Request) cloudtest.Routed {
	config := &h.plan.config.Properties
	switch {
	case c.status != 0:
		return cloudtest.Routed{Status: c.status}
	case c.redirect != nil:
		return cloudtest.Routed{Status: redirectStatus(c.redirect.RedirectType), Location: h.location(r, c.redirect)}
	case len(find(config.BackendAddressPools, c.target.pool).BackendAddresses) == 0:
		return cloudtest.Routed{Status: http.StatusBadGateway}
	}
	out := &http.Request{URL: r.URL}
	setPath(out, overridePath(c.set.path, c.settings.Path, c.target), c.set.query)
	routed := cloudtest.Routed{Groups: map[string]int{nameOf(config.BackendAddressPools, c.target.pool): 1}, Path: out.URL.EscapedPath()}
	if !c.settings.PickHostName {
		routed.Host = cmp.Or(c.settings.HostName, r.Host)
	}
	return routed
}

// choice is what the listeners of a site do with a request: answer with a status, redirect it, or
// forward it to a pool.
type choice struct {
	status   int
	redirect *redirect
	target   target
	settings *backendSettings
	set      *rewriting
}

// choose finds the listener of a request and its target, with the rewrites that apply.
func (h *siteHandler) choose(r *http.Request) choice {
	config := &h.plan.config.Properties
	l := h.socket.site.listenerFor(r.Host)
	switch {
	case l == nil:
		return choice{status: http.StatusNotFound} // HTTP response codes, 404
	case find(config.HTTPListeners, l.name).SslProfile != nil:
		// mutual authentication is not embedded, so that no client gets through
		return choice{status: http.StatusBadRequest}
	}
	path := cmp.Or(r.URL.EscapedPath(), "/")
	t := l.rule.targetFor(path)
	set := newRewriting(find(config.RewriteRuleSets, t.rewrites), r)
	set.request(r, path)
	if set.reroute {
		t = l.rule.targetFor(set.path)
	}
	if t.redirect != "" {
		return choice{redirect: find(config.RedirectConfigurations, t.redirect)}
	}
	return choice{target: t, settings: find(config.BackendHTTPSettingsCollection, t.settings), set: set}
}
