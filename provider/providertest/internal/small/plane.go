package small

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// plane serves what is stored.
type plane struct {
	front     *dataplane.Front
	transport *http.Transport
	table     atomic.Pointer[table]
	turn      atomic.Uint64 // of shares and members

	mu     sync.Mutex
	flying map[provider.Key]int // requests, by group
	ends   map[provider.Key]context.CancelFunc
	lives  map[provider.Key]context.Context
}

// table is what the data plane knows. It never changes: another takes its place.
type table struct {
	objects map[provider.Key]provider.Resource
	rules   map[provider.Key][]RuleSpec // by listener and priority
}

func newPlane(dial dataplane.Dialer) *plane {
	p := &plane{
		front: dataplane.NewFront(), flying: map[provider.Key]int{}, ends: map[provider.Key]context.CancelFunc{}, lives: map[provider.Key]context.Context{},
		transport: &http.Transport{
			DialContext: dial, DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as clouds do
		},
	}
	p.table.Store(&table{})
	return p
}

// follow serves the objects from now on. Requests to groups that are gone are cut.
func (p *plane) follow(objects map[provider.Key]provider.Resource, addresses map[provider.Key]string) {
	t := &table{objects: map[provider.Key]provider.Resource{}, rules: map[provider.Key][]RuleSpec{}}
	fronts := map[string]dataplane.Frontend{}
	for k, r := range objects {
		t.objects[k] = r
		switch s := r.Spec.(type) {
		case RuleSpec:
			t.rules[s.Listener] = append(t.rules[s.Listener], s)
		case ListenerSpec:
			fronts[net.JoinHostPort(addresses[s.Balancer], strconv.Itoa(s.Port))] = p.frontend(k, s, objects)
		}
	}
	for _, rules := range t.rules {
		slices.SortFunc(rules, func(a, b RuleSpec) int { return cmp.Compare(a.Priority, b.Priority) })
	}
	p.table.Store(t)
	_ = p.front.Set(fronts) // loopback has free ports, or the first request fails
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, end := range p.ends {
		if _, ok := objects[k]; !ok {
			end()
			delete(p.ends, k)
			delete(p.lives, k)
		}
	}
}

func (p *plane) frontend(k provider.Key, l ListenerSpec, objects map[provider.Key]provider.Resource) dataplane.Frontend {
	f := dataplane.Frontend{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, k) })}
	if l.Protocol != model.HTTPS {
		return f
	}
	f.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	for _, c := range l.Certificates {
		spec, _ := objects[c].Spec.(CertificateSpec)
		if pair, err := tls.X509KeyPair([]byte(spec.Chain), spec.Key.Reveal()); err == nil {
			// crypto/tls chooses by server name, else the first
			f.TLS.Certificates = append(f.TLS.Certificates, pair)
		}
	}
	return f
}

// serve answers one request.
func (p *plane) serve(w http.ResponseWriter, r *http.Request, listener provider.Key) {
	t := p.table.Load()
	l, _ := t.objects[listener].Spec.(ListenerSpec)
	a := l.Default
	for _, rule := range t.rules[listener] {
		if rule.matches(r) {
			a = rule.Action
			break
		}
	}
	switch {
	case a.Redirect != nil:
		w.Header().Set("Location", a.Redirect.location(r, l))
		w.WriteHeader(a.Redirect.Status)
	case a.Fixed != nil:
		w.Header().Set("Content-Type", a.Fixed.ContentType)
		w.WriteHeader(a.Fixed.Status)
		_, _ = w.Write([]byte(a.Fixed.Body)) // the client is gone, or has it
	default:
		p.forward(w, r, t, a.Forward)
	}
}

func (m RuleSpec) matches(r *http.Request) bool {
	host := strings.ToLower((&url.URL{Host: r.Host}).Hostname())
	return model.HostCovers(m.Host, host) && m.Path.matches(r.URL.EscapedPath()) && (m.Method == "" || m.Method == r.Method) &&
		!slices.ContainsFunc(m.Headers, func(v model.ValueMatch) bool { return !meets(v, r.Header[http.CanonicalHeaderKey(v.Name)]) }) &&
		!slices.ContainsFunc(m.Query, func(v model.ValueMatch) bool { return !meets(v, r.URL.Query()[v.Name]) })
}

func meets(m model.ValueMatch, values []string) bool {
	return len(values) > 0 && (m.Type == model.ValuePresent || values[0] == m.Value)
}

func (m Path) matches(path string) bool {
	value := m.Value
	if m.IgnoreCase {
		path, value = strings.ToLower(path), strings.ToLower(value)
	}
	switch m.Type {
	case PathExact:
		return path == value
	case PathText:
		return strings.HasPrefix(path, value)
	case PathElements:
		value = strings.TrimSuffix(value, "/")
		return path == value || strings.HasPrefix(path, value+"/")
	}
	return false
}

func (to Redirect) location(r *http.Request, l ListenerSpec) string {
	u := url.URL{Scheme: cmp.Or(to.Scheme, strings.ToLower(string(l.Protocol))), Host: cmp.Or(to.Host, (&url.URL{Host: r.Host}).Hostname())}
	if to.Port != 0 && to.Port != map[string]int{"http": 80, "https": 443}[u.Scheme] {
		u.Host = net.JoinHostPort(u.Host, strconv.Itoa(to.Port))
	}
	if to.Path {
		u.Path, u.RawPath = r.URL.Path, r.URL.RawPath
	}
	if to.Query {
		u.RawQuery = r.URL.RawQuery
	}
	return u.String()
}

// forward sends a request to a member of one of the groups, by weight.
func (p *plane) forward(w http.ResponseWriter, r *http.Request, t *table, shares []Share) {
	total := 0
	for _, s := range shares {
		total += s.Weight
	}
	if total == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	turn := p.turn.Add(1)
	at, group := int(turn%uint64(total)), provider.Key{} //nolint:gosec // weights are small
	for _, s := range shares {
		if at < s.Weight {
			group = s.Group
			break
		}
		at -= s.Weight
	}
	members, _ := t.objects[membersOf(group)].Spec.(MembersSpec)
	if len(members.Members) == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	spec, _ := t.objects[group].Spec.(GroupSpec)
	next := int(turn/uint64(total)) % len(members.Members) //nolint:gosec // weights are small
	p.proxy(w, r, group, spec, members.Members[next])
}

// proxy passes a request on, until the group is gone.
func (p *plane) proxy(w http.ResponseWriter, r *http.Request, group provider.Key, spec GroupSpec, member netip.AddrPort) {
	life := p.fly(group, 1)
	defer p.fly(group, -1)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	(&httputil.ReverseProxy{
		Transport: p.transport,
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL.Scheme, pr.Out.URL.Host = strings.ToLower(string(spec.Protocol)), member.String()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}).ServeHTTP(w, r.WithContext(ctx))
}

// fly counts a request to a group, and returns the context that ends with the group.
func (p *plane) fly(group provider.Key, n int) context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flying[group] += n
	if p.lives[group] == nil {
		//nolint:fatcontext // each group has a context of its own
		p.lives[group], p.ends[group] = context.WithCancel(context.Background())
	}
	return p.lives[group]
}

// busy reports whether requests to a group are in flight.
func (p *plane) busy(group provider.Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flying[group] > 0
}
