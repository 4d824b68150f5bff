package modeltest

import (
	"fmt"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
)

func (d *drawer) route(i int, l *model.Listener) model.Route {
	r := model.Route{
		Name:   fmt.Sprintf("route-%d", i),
		Hosts:  d.hosts(l),
		Age:    d.age(),
		Origin: model.Ref{Kind: "Ingress", Namespace: "default", Name: pick(d, "origin", "web", "shop", "blog")},
	}
	if !l.Protocol.IsHTTP() {
		r.Action = d.forward(l.Protocol)
		return r
	}
	for range d.count("matches", 0, 3) {
		r.Matches = append(r.Matches, d.match())
	}
	r.Action = d.action(l.Protocol, r.Matches)
	if r.Action.Forward == nil {
		return r
	}
	r.Filters = d.filters(l.Protocol, r.Matches)
	if d.chance(6, model.FeatureRequestTimeout) {
		r.Timeouts.Request = 60 * time.Second
	}
	if d.chance(6, model.FeatureBackendTimeout) {
		r.Timeouts.Backend = 20 * time.Second
	}
	if d.chance(6, model.FeatureRetry) {
		r.Retry = &model.Retry{Attempts: d.count("attempts", 1, 3), Codes: []int{502, 503}, Backoff: time.Second}
	}
	return r
}

func (d *drawer) age() time.Time {
	days := d.count("age", 0, 3)
	if days == 0 {
		return time.Time{}
	}
	return time.Date(2025, time.January, days, 0, 0, 0, 0, time.UTC)
}

// hosts draws hosts that the listener covers.
func (d *drawer) hosts(l *model.Listener) []model.Host {
	var hosts []model.Host
	if l.Protocol == model.TCP || l.Protocol == model.UDP {
		return nil
	}
	for range d.count("hosts", 0, 3) {
		if h, ok := d.host().Intersect(l.Hostname); ok {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

func hostNames() []string {
	return []string{"example.com", "a.example.com", "b.example.com", "x.a.example.com", "shop.test"}
}

func (d *drawer) host() model.Host {
	switch {
	case d.chance(4, model.FeatureWildcardOneLabel):
		return model.Host{Name: pick(d, "wildcard", "example.com", "a.example.com"), Wildcard: model.OneLabel}
	case d.chance(4, model.FeatureWildcardAnyLabels):
		return model.Host{Name: pick(d, "wildcard", "example.com", "a.example.com", "com"), Wildcard: model.AnyLabels}
	default:
		return model.Host{Name: pick(d, "host", hostNames()...)}
	}
}

func (d *drawer) match() model.Match {
	m := model.Match{Path: d.pathMatch()}
	if d.chance(3, model.FeatureHeaderMatch) {
		m.Headers = append(m.Headers, d.value("X-Version"))
	}
	if d.chance(6, model.FeatureHeaderMatch) {
		m.Headers = append(m.Headers, d.value("X-Tenant"))
	}
	if d.chance(4, model.FeatureQueryMatch) {
		m.Query = append(m.Query, d.value("page"))
	}
	if d.chance(4, model.FeatureMethodMatch) {
		m.Method = pick(d, "method", "GET", "POST")
	}
	return m
}

func (d *drawer) value(name string) model.ValueMatch {
	v := model.ValueMatch{Name: name, Value: pick(d, "value", values()...)}
	if d.chance(4, model.FeatureRegexpValue) {
		v.Type, v.Value = model.ValueRegexp, pick(d, "expression", "[0-9]+", "one|two")
	}
	return v
}

func values() []string { return []string{"1", "2", "one"} }

// expressions returns regular expressions, each with a path that it matches.
func expressions() map[string]string {
	return map[string]string{"/r[0-9]+": "/r12", "/a(/.*)?": "/a/b/c", "/[ab]/c": "/b/c", "/(?i)a": "/A"}
}

func (d *drawer) pathMatch() model.PathMatch {
	if d.chance(6, model.FeatureRegexpPath, model.FeatureCaseSensitivePath) {
		return model.PathMatch{Type: model.PathRegexp, Value: pick(d, "expression", "/r[0-9]+", "/a(/.*)?", "/[ab]/c", "/(?i)a")}
	}
	p := model.PathMatch{Type: model.PathPrefix, Value: d.path()}
	if d.chance(2) && (p.Value != "/" || d.may(model.FeatureExactRootPath)) {
		p.Type = model.PathExact
	}
	return p
}

// path draws up to three elements, some of which are prefixes of others as text.
func (d *drawer) path() string {
	elements := []string{"1", "2", "12"}
	if d.may(model.FeatureCaseSensitivePath) {
		elements = append(elements, "a", "b", "ab", "A")
	}
	if d.may(model.FeaturePathWildcardChars) {
		elements = append(elements, "*")
	}
	var b strings.Builder
	for range d.count("depth", 0, 3) {
		b.WriteString("/" + pick(d, "element", elements...))
	}
	if b.Len() == 0 || d.chance(4) {
		b.WriteString("/")
	}
	return b.String()
}
