package fake

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// handler serves the requests at an address.
func (p *plane) handler(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := p.table.Load()
		for !p.answer(w, r, t, address) {
			// The group may have been deleted since t was loaded; then the current table decides.
			now := p.table.Load()
			if now == t {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			t = now
		}
	})
}

// answer reports whether it has answered. It has not if no member was found.
func (p *plane) answer(w http.ResponseWriter, r *http.Request, t *table, address string) bool {
	e := t.listeners[address]
	if e == nil {
		return false
	}
	a := e.action(r)
	switch {
	case len(a.Forward) > 0:
		return p.forward(w, r, t, a.Forward)
	case a.Redirect != nil:
		redirect(w, r, e, a.Redirect)
	case a.Fixed != nil:
		w.Header().Set("Content-Type", a.Fixed.ContentType)
		w.WriteHeader(a.Fixed.Status)
		_, _ = w.Write([]byte(a.Fixed.Body)) // a client that is gone needs no error
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	return true
}

// action returns the action of the first rule that matches, or the default.
func (e *listener) action(r *http.Request) Action {
	name := strings.ToLower(r.Host)
	if i := strings.LastIndexByte(name, ':'); i > 0 {
		name = name[:i]
	}
	for i := range e.rules {
		if m := &e.rules[i]; model.HostCovers(m.Host, name) && matches(m.Match, r) {
			return m.Action
		}
	}
	return e.spec.Default
}

func matches(m model.Match, r *http.Request) bool {
	return (m.Method == "" || m.Method == r.Method) && model.PathMatches(m.Path, r.URL.EscapedPath())
}

// forward sends a request to a healthy member of one of the groups, chosen by weight.
func (p *plane) forward(w http.ResponseWriter, r *http.Request, t *table, shares []Share) bool {
	group, ok := p.choose(shares)
	if !ok {
		return false
	}
	lease, ok := t.pools[group].Pick(func(h dataplane.Health) bool { return h == dataplane.Healthy })
	if !ok {
		return false
	}
	defer lease.Release()
	g := t.groups[group]
	dataplane.Forward(w, r, lease, dataplane.Hop{Scheme: strings.ToLower(string(g.Protocol)), Timeout: g.Timeout})
	return true
}

// choose returns the next group, in turn by weight.
func (p *plane) choose(shares []Share) (provider.Key, bool) {
	sum := 0
	for _, s := range shares {
		sum += s.Weight
	}
	if sum <= 0 {
		return provider.Key{}, false
	}
	at := int(p.turn.Add(1) % uint64(sum))
	for _, s := range shares {
		if at < s.Weight {
			return s.Group, true
		}
		at -= s.Weight
	}
	return provider.Key{}, false
}

// redirect answers with a redirect. Parts of the URL that it does not name are those of the
// request. The port is that of the redirect, else that of the scheme that it names, else that of
// the listener.
func redirect(w http.ResponseWriter, r *http.Request, e *listener, to *model.Redirect) {
	u := url.URL{Scheme: strings.ToLower(string(e.spec.Protocol)), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	port := to.Port
	if port == 0 && to.Scheme == "" {
		port = e.spec.Port
	}
	u.Scheme = cmp.Or(to.Scheme, u.Scheme)
	u.Host = cmp.Or(to.Host, (&url.URL{Host: r.Host}).Hostname())
	if port != 0 && port != map[string]int{"http": 80, "https": 443}[u.Scheme] {
		u.Host += ":" + strconv.Itoa(port)
	}
	w.Header().Set("Location", u.String())
	w.WriteHeader(to.Status)
}
