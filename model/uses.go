package model

import (
	"strconv"
	"strings"
)

// Use is one place of a model that needs a feature.
type Use struct {
	Feature  Feature
	Value    string // what asks for it
	Listener string // empty for what concerns the whole load balancer, or a group
	Route    string // empty for what concerns the whole listener
	Group    GroupID
	Origins  []Ref // the objects that it came from
	part     part
}

// Features returns every use of a feature, in the order of the model.
func Features(s Sealed) []Use {
	var all []Use
	walkUses(s, func(u Use) { all = append(all, u) })
	return all
}

// uses walks over a model and reports the features that it needs.
type uses struct {
	s      Sealed
	tables tables
	at     Use // what the uses of the present part have in common
	yield  func(Use)
}

func walkUses(s Sealed, yield func(Use)) {
	if !s.Valid() {
		return
	}
	u := uses{s: s, tables: newTables(), yield: yield}
	u.loadBalancer(s.LoadBalancer())
	for i := range s.Listeners() {
		u.listener(i, &s.Listeners()[i])
	}
	for i := range s.Groups() {
		u.group(i, &s.Groups()[i])
	}
}

func (u *uses) add(f Feature, value string) {
	use := u.at
	use.Feature, use.Value = f, value
	u.yield(use)
}

func (u *uses) addIf(asked bool, f Feature, value string) {
	if asked {
		u.add(f, value)
	}
}

func (u *uses) loadBalancer(lb *LoadBalancer) {
	u.at = Use{Origins: lb.Origins}
	useSettings(u, u.tables.balancer, lb)
	u.addIf(len(lb.Listeners) == 0 && len(lb.Groups) > 0, FeatureStandalone, "no listener")
}

func (u *uses) listener(i int, l *Listener) {
	u.at = Use{Listener: l.Name, Origins: l.Origins, part: part{kind: partListener, listener: i}}
	if len(l.Origins) == 0 {
		u.at.Origins = u.s.LoadBalancer().Origins
	}
	u.protocol(l.Protocol)
	u.addIf(!l.Hostname.IsAny(), FeatureListenerHostname, l.Hostname.String())
	u.host(l.Hostname)
	if l.TLS != nil {
		u.tls(l.TLS)
	}
	u.at.part.kind = partDefault
	u.action(&l.Default)
	for j := range l.Routes {
		u.route(i, j, &l.Routes[j])
	}
}

func (u *uses) protocol(p Protocol) {
	switch p {
	case HTTP:
	case HTTPS:
		u.add(FeatureHTTPS, string(p))
	case TLS:
		u.add(FeatureTLSPassthrough, string(p))
	case TCP:
		u.add(FeatureTCP, string(p))
	case UDP:
		u.add(FeatureUDP, string(p))
	}
}

func (u *uses) host(h Host) {
	switch h.Wildcard {
	case NoWildcard:
	case OneLabel:
		u.add(FeatureWildcardOneLabel, h.String())
	case AnyLabels:
		u.add(FeatureWildcardAnyLabels, h.String())
	}
}

func (u *uses) tls(t *ListenerTLS) {
	useSettings(u, u.tables.tls, t)
	u.addIf(t.Client != nil, FeatureClientValidation, "client certificates")
	listener := u.at
	for i := range t.Certificates {
		c := &t.Certificates[i]
		u.at.part = part{kind: partCertificate, certificate: c.Name}
		if c.Origin != (Ref{}) {
			u.at.Origins = []Ref{c.Origin}
		}
		u.addIf(c.Reference != "", FeatureCertificateRef, c.Reference)
		u.at = listener
	}
}

func (u *uses) route(i, j int, r *Route) {
	l := &u.s.Listeners()[i]
	u.at = Use{Listener: l.Name, Route: r.Name, Origins: []Ref{r.Origin}, part: part{kind: partRoute, listener: i, route: j}}
	if r.Origin == (Ref{}) {
		u.at.Origins = l.Origins
	}
	for k := range r.Hosts {
		u.host(r.Hosts[k])
	}
	for k := range r.Matches {
		u.match(&r.Matches[k], l.Protocol)
	}
	u.filters(&r.Filters)
	u.addIf(r.Timeouts.Request != 0, FeatureRequestTimeout, r.Timeouts.Request.String())
	u.addIf(r.Timeouts.Backend != 0, FeatureBackendTimeout, r.Timeouts.Backend.String())
	if r.Retry != nil {
		u.add(FeatureRetry, strconv.Itoa(r.Retry.Attempts)+" attempts")
	}
	u.action(&r.Action)
}

func (u *uses) match(m *Match, p Protocol) {
	if !p.IsHTTP() {
		return
	}
	u.path(m.Path)
	u.values(FeatureHeaderMatch, m.Headers)
	u.values(FeatureQueryMatch, m.Query)
	u.addIf(m.Method != "", FeatureMethodMatch, m.Method)
}

func (u *uses) path(p PathMatch) {
	u.addIf(p.Type == PathExact && p.Value == "/", FeatureExactRootPath, p.Value)
	u.addIf(strings.ContainsFunc(p.Value, isLetter), FeatureCaseSensitivePath, p.Value)
	u.addIf(p.Type == PathRegexp, FeatureRegexpPath, p.Value)
	u.addIf(p.Type != PathRegexp && strings.ContainsAny(p.Value, "*?"), FeaturePathWildcardChars, p.Value)
}

func isLetter(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (u *uses) values(f Feature, values []ValueMatch) {
	for i := range values {
		u.add(f, values[i].Name)
		u.addIf(values[i].Type == ValueRegexp, FeatureRegexpValue, values[i].Value)
	}
}

func (u *uses) filters(f *Filters) {
	u.addIf(f.Request != nil, FeatureRequestHeaders, "request headers")
	u.addIf(f.Response != nil, FeatureResponseHeaders, "response headers")
	if f.Rewrite != nil {
		u.addIf(f.Rewrite.Host != "", FeatureHostRewrite, f.Rewrite.Host)
		if f.Rewrite.Path != nil {
			u.add(FeaturePathRewrite, f.Rewrite.Path.Value)
		}
	}
	for i := range f.Mirrors {
		u.add(FeatureMirror, string(f.Mirrors[i].Group))
	}
	if f.CORS != nil {
		u.add(FeatureCORS, strings.Join(f.CORS.Origins, ", "))
	}
}

func (u *uses) action(a *Action) {
	switch {
	case a.Forward != nil:
		u.forward(a.Forward)
	case a.Redirect != nil:
		u.redirect(a.Redirect)
	case a.Fixed != nil:
		u.fixed(a.Fixed)
	}
}

func (u *uses) forward(f *Forward) {
	u.addIf(len(f.Groups) > 1, FeatureWeights, "several groups")
	total := 0
	for i := range f.Groups {
		w := &f.Groups[i]
		total += w.Weight
		if !w.Filters.isZero() {
			u.add(FeatureBackendFilters, string(w.Group))
			u.filters(&w.Filters)
		}
		if g, ok := u.s.Group(w.Group); ok && w.Weight > 0 && g.Members == MembersKnown && len(g.Endpoints) == 0 {
			u.add(FeatureNoBackend, string(w.Group))
		}
	}
	u.addIf(total == 0, FeatureNoBackend, "no weight")
}

// redirect distinguishes the plain redirect to HTTPS, which every cloud has, from the others.
func (u *uses) redirect(r *Redirect) {
	moved := r.Status == 301 || r.Status == 302
	plain := r.Scheme == "https" && r.Host == "" && r.Port == 0 && r.Path == nil && moved
	u.addIf(plain, FeatureRedirectHTTPS, r.Scheme)
	u.addIf(!plain, FeatureRedirect, r.Scheme+"://"+r.Host)
	u.addIf(!moved, FeatureRedirectStatus, strconv.Itoa(r.Status))
	u.addIf(r.Port != 0, FeatureRedirectPort, strconv.Itoa(r.Port))
	if r.Path != nil {
		u.add(FeatureRedirectPath, r.Path.Value)
	}
}

func (u *uses) fixed(f *Fixed) {
	status := strconv.Itoa(f.Status)
	bare := f.Body == "" && f.ContentType == ""
	switch {
	case bare && f.Status == 404:
		u.add(FeatureNotFound, status)
	case bare && f.Status == 503:
		u.add(FeatureUnavailable, status)
	default:
		u.add(FeatureFixedResponse, status)
	}
	u.addIf(f.Body != "", FeatureFixedBody, f.Body)
}

func (u *uses) group(i int, g *Group) {
	u.at = Use{Group: g.ID, Origins: g.Origins, part: part{kind: partGroup, group: i}}
	if len(g.Origins) == 0 {
		u.at.Origins = u.s.LoadBalancer().Origins
	}
	useSettings(u, u.tables.group, g)
	u.addIf(mixedPorts(g.Endpoints), FeatureMixedPorts, "endpoints on several ports")
}

func mixedPorts(endpoints []Endpoint) bool {
	for i := 1; i < len(endpoints); i++ {
		if endpoints[i].Port != endpoints[0].Port {
			return true
		}
	}
	return false
}
