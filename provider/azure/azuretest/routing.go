package azuretest

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// Routing is what a gateway does with a request, whatever the health of its servers.
type Routing struct {
	Listener string
	Pool     string // lower case; empty for a redirect, and for a request that is refused
	Status   int    // of a redirect or refusal; 0 for a request that goes to a pool
	Location string // of a redirect
	// nothing serves it: no listener has the host (404), or the pool has no members (502)
	Refused bool
}

// Route tells what the data plane of a gateway of the server's first subscription does with a
// request on a port of its public address, or of its private one where it has no other. Nothing is
// sent. A gateway that does not listen there refuses with status 0.
func (s *Server) Route(resourceGroup, name string, port int, r *http.Request) Routing {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.store.get(GatewayID(s.options.Subscription, resourceGroup, name))
	if g == nil || g.gateway.effective == nil {
		return Routing{Refused: true}
	}
	p := plan{id: g.id, config: g.gateway.effective, addresses: s.addressesOf(g)}
	for _, at := range p.compile() {
		if strings.HasSuffix(at.address, ":"+strconv.Itoa(port)) {
			return (&siteHandler{plan: p, socket: at}).routing(r)
		}
	}
	return Routing{Refused: true}
}

func (h *siteHandler) routing(r *http.Request) Routing {
	l, t, _ := h.choose(r)
	if l == nil {
		return Routing{Status: http.StatusNotFound, Refused: true}
	}
	out := Routing{Listener: l.name, Pool: t.pool}
	switch {
	case t.redirect != "":
		w := httptest.NewRecorder()
		h.redirect(w, r, find(h.plan.config.Properties.RedirectConfigurations, t.redirect))
		out.Status, out.Location = w.Code, w.Header().Get("Location")
	case len(find(h.plan.config.Properties.BackendAddressPools, t.pool).BackendAddresses) == 0:
		out.Pool, out.Status, out.Refused = "", http.StatusBadGateway, true
	}
	return out
}

// choose finds the listener of a request and its target, with the rewrites that hold for it; nil
// where no listener has the host.
func (h *siteHandler) choose(r *http.Request) (*listener, target, *rewriting) {
	l := h.socket.site.listenerFor(r.Host)
	if l == nil {
		return nil, target{}, nil
	}
	path := cmp.Or(r.URL.EscapedPath(), "/")
	t := l.rule.targetFor(path)
	set := newRewriting(find(h.plan.config.Properties.RewriteRuleSets, t.rewrites), r)
	set.request(r, path)
	if set.reroute {
		t = l.rule.targetFor(set.path)
	}
	return l, t, set
}
