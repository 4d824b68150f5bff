package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"time"
)

// Digest is a SHA-256 of the written form of a model. Equal digests mean equal models.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// digests returns the digest of the whole model, and that of its structure without the members.
func digests(lb *LoadBalancer, t *tables) (all, structure Digest) {
	w := writer{buf: make([]byte, 0, room(lb)), hash: sha256.New(), tables: t}
	w.loadBalancer(lb)
	structure = w.sum()
	w.bytes(structure[:])
	each(&w, lb.Groups, w.members)
	return w.sum(), structure
}

// room estimates how many bytes are buffered before they are hashed. Most load balancers are small.
func room(lb *LoadBalancer) int {
	const most, each = 2 * flushAt, 256
	parts := 1 + len(lb.Groups)
	for i := range lb.Listeners {
		parts += 1 + len(lb.Listeners[i].Routes)
	}
	return min(most, each*parts)
}

// flushAt is how many bytes are buffered before they are hashed.
const flushAt = 4096

// writer writes values one after the other, strings and lists with their length first, so that no
// two models have the same written form. With a hash it buffers only the end of it.
type writer struct {
	buf    []byte
	hash   hash.Hash
	tables *tables // nil where no part with settings is written
}

func (w *writer) flush() {
	if w.hash != nil && len(w.buf) >= flushAt {
		w.hash.Write(w.buf)
		w.buf = w.buf[:0]
	}
}

// sum returns the digest of everything since the last sum.
func (w *writer) sum() (d Digest) {
	w.hash.Write(w.buf)
	w.hash.Sum(d[:0])
	w.hash.Reset()
	w.buf = w.buf[:0]
	return d
}

func (w *writer) int(n int) { w.buf = binary.AppendVarint(w.buf, int64(n)) }

func (w *writer) duration(d time.Duration) { w.buf = binary.AppendVarint(w.buf, int64(d)) }

func (w *writer) string(s string) { w.int(len(s)); w.buf = append(w.buf, s...) }

func (w *writer) bytes(b []byte) { w.int(len(b)); w.buf = append(w.buf, b...) }

func (w *writer) bool(b bool) {
	if b {
		w.buf = append(w.buf, 1)
	} else {
		w.buf = append(w.buf, 0)
	}
}

// time writes the zero time in a form of its own, since it is no Unix time.
func (w *writer) time(t time.Time) {
	w.bool(t.IsZero())
	if !t.IsZero() {
		w.buf = binary.AppendVarint(w.buf, t.Unix())
		w.int(t.Nanosecond())
	}
}

// secret writes the digest of a secret instead of its value.
func (w *writer) secret(s Secret) {
	sum := sha256.Sum256(s.Reveal())
	w.bytes(sum[:])
}

func (w *writer) strings(s []string) {
	w.int(len(s))
	for _, v := range s {
		w.string(v)
	}
}

func each[T any](w *writer, s []T, write func(*T)) {
	w.int(len(s))
	for i := range s {
		write(&s[i])
	}
}

// sortedKeys allocates nothing for an empty map.
func sortedKeys(m map[string]string) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

// optional writes whether p is nil, and the value if it is not.
func optional[T any](w *writer, p *T, write func(*T)) {
	w.bool(p != nil)
	if p != nil {
		write(p)
	}
}

func (w *writer) loadBalancer(lb *LoadBalancer) {
	w.string(string(lb.ID))
	writeSettings(w, w.tables.balancer, lb)
	each(w, lb.Origins, w.ref)
	each(w, lb.Listeners, w.listener)
	each(w, lb.Groups, w.group)
}

func (w *writer) ref(r *Ref) {
	w.string(r.Kind)
	w.string(r.Namespace)
	w.string(r.Name)
	w.string(r.Field)
}

func (w *writer) listener(l *Listener) {
	w.string(l.Name)
	w.int(l.Port)
	w.string(string(l.Protocol))
	w.host(&l.Hostname)
	optional(w, l.TLS, w.tls)
	w.int(len(l.Routes))
	for i := range l.Routes {
		w.route(&l.Routes[i])
		w.flush()
	}
	w.action(&l.Default)
	each(w, l.Origins, w.ref)
}

func (w *writer) tls(t *ListenerTLS) {
	each(w, t.Certificates, w.certificate)
	writeSettings(w, w.tables.tls, t)
	optional(w, t.Client, func(c *ClientValidation) {
		w.bytes(c.Authorities)
		w.bool(c.Optional)
	})
}

func (w *writer) certificate(c *Certificate) {
	w.string(c.Name)
	w.string(c.Reference)
	w.bytes(c.PEM)
	w.secret(c.Key)
	w.ref(&c.Origin)
}

func (w *writer) route(r *Route) {
	w.string(r.Name)
	w.int(len(r.Hosts))
	for i := range r.Hosts {
		w.host(&r.Hosts[i])
	}
	w.int(len(r.Matches))
	for i := range r.Matches {
		w.match(&r.Matches[i])
	}
	w.filters(&r.Filters)
	w.duration(r.Timeouts.Request)
	w.duration(r.Timeouts.Backend)
	optional(w, r.Retry, w.retry)
	w.action(&r.Action)
	w.time(r.Age)
	w.ref(&r.Origin)
}

func (w *writer) host(h *Host) {
	w.string(h.Name)
	w.int(int(h.Wildcard))
}

func (w *writer) match(m *Match) {
	w.string(string(m.Path.Type))
	w.string(m.Path.Value)
	w.values(m.Headers)
	w.values(m.Query)
	w.string(m.Method)
}

func (w *writer) values(values []ValueMatch) {
	w.int(len(values))
	for i := range values {
		w.string(values[i].Name)
		w.string(string(values[i].Type))
		w.string(values[i].Value)
	}
}

func (w *writer) retry(r *Retry) {
	w.int(r.Attempts)
	w.int(len(r.Codes))
	for _, c := range r.Codes {
		w.int(c)
	}
	w.duration(r.Backoff)
}

func (w *writer) filters(f *Filters) {
	w.bool(f.isZero())
	if f.isZero() {
		return
	}
	optional(w, f.Request, w.change)
	optional(w, f.Response, w.change)
	optional(w, f.Rewrite, func(r *Rewrite) {
		w.string(r.Host)
		optional(w, r.Path, w.pathRewrite)
	})
	each(w, f.Mirrors, func(m *Mirror) {
		w.string(string(m.Group))
		w.int(m.Numerator)
		w.int(m.Denominator)
	})
	optional(w, f.CORS, w.cors)
}

func (w *writer) change(h *HeaderChange) {
	each(w, h.Set, w.header)
	each(w, h.Add, w.header)
	w.strings(h.Remove)
}

func (w *writer) header(h *Header) {
	w.string(h.Name)
	w.string(h.Value)
}

func (w *writer) pathRewrite(p *PathRewrite) {
	w.bool(p.Prefix)
	w.string(p.Value)
}

func (w *writer) cors(c *CORS) {
	w.strings(c.Origins)
	w.strings(c.Methods)
	w.strings(c.Headers)
	w.strings(c.Expose)
	w.bool(c.Credentials)
	w.duration(c.MaxAge)
}

func (w *writer) action(a *Action) {
	w.bool(a.Forward != nil)
	if a.Forward != nil {
		w.int(len(a.Forward.Groups))
		for i := range a.Forward.Groups {
			w.weighted(&a.Forward.Groups[i])
		}
	}
	optional(w, a.Redirect, w.redirect)
	optional(w, a.Fixed, func(f *Fixed) {
		w.int(f.Status)
		w.string(f.ContentType)
		w.string(f.Body)
	})
}

func (w *writer) weighted(x *Weighted) {
	w.string(string(x.Group))
	w.int(x.Weight)
	w.filters(&x.Filters)
}

func (w *writer) redirect(r *Redirect) {
	w.string(r.Scheme)
	w.string(r.Host)
	w.int(r.Port)
	optional(w, r.Path, w.pathRewrite)
	w.int(r.Status)
}

// group writes everything but the members.
func (w *writer) group(g *Group) {
	w.string(string(g.ID))
	w.int(g.Port)
	writeSettings(w, w.tables.group, g)
	each(w, g.Origins, w.ref)
	w.flush()
}

// members writes what the structure does not include.
func (w *writer) members(g *Group) {
	w.string(string(g.Members))
	w.int(len(g.Endpoints))
	for i := range g.Endpoints {
		e := &g.Endpoints[i]
		address := e.Address.As16()
		w.buf = append(w.buf, address[:]...)
		w.int(e.Address.BitLen())
		w.int(e.Port)
		w.string(e.Zone)
		w.string(e.Node)
		w.string(e.Pod)
		w.string(string(e.State))
		w.flush()
	}
}
