package kube

import (
	"hash/fnv"
	"slices"
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// redirectTo sends clients to HTTPS.
func redirectTo(status int) model.Action {
	return model.Action{Redirect: &model.Redirect{Scheme: "https", Status: status}}
}

// assemble makes one load balancer of the Ingresses that share it, older before younger.
func (b *builder) assemble(lb *model.LoadBalancer, members []*member) {
	b.sequence++
	lb.ID, lb.Origins = members[0].id, b.blocks.refs.take(len(members))
	b.current = assembly{b: b, lb: lb}
	a := &b.current
	a.http.Port, a.http.Protocol = 80, model.HTTP
	a.https.Port, a.https.Protocol = 443, model.HTTPS
	for i, m := range members {
		lb.Origins[i] = m.ref()
		a.keep += paths(m.ingress)
	}
	a.shared(members)
	a.certificates(members)
	for n, m := range members {
		a.http.wanted = a.http.wanted || !m.settings.httpOff
		i := ingress{assembly: a, member: m, ref: lb.Origins[n], others: members, spec: &m.ingress.Spec}
		i.routes()
	}
	a.finish()
}

func paths(ing *networkingv1.Ingress) int {
	n := 0
	for i := range ing.Spec.Rules {
		if http := ing.Spec.Rules[i].HTTP; http != nil {
			n += len(http.Paths)
		} else {
			n++
		}
	}
	return n
}

// ingress is one Ingress on its way into a load balancer.
type ingress struct {
	*assembly
	*member
	ref      model.Ref
	others   []*member
	spec     *networkingv1.IngressSpec
	backstop model.Action // the default backend; zero without one
	redirect model.Action
	parts    int // redirects of one host of a route that has more
}

// maxParts bounds those redirects: they multiply the paths of an Ingress by its hosts.
const maxParts = 1000

func (i *ingress) routes() {
	if i.settings.redirect != 0 {
		i.redirect = redirectTo(i.settings.redirect)
	}
	if i.spec.DefaultBackend != nil {
		i.backstop = i.target(i.spec.DefaultBackend, -1, -1)
		i.fallbacks()
	}
	for r := range i.spec.Rules {
		i.rule(r, &i.spec.Rules[r])
	}
}

func (i *ingress) rule(r int, rule *networkingv1.IngressRule) {
	host, message := parseHost(rule.Host, i.settings.wildcard)
	if message != "" {
		i.b.problem(at(i.ref, i.b.fields.rule(r)+".host"), model.ReasonInvalid, message)
		return
	}
	if rule.HTTP == nil || len(rule.HTTP.Paths) == 0 {
		i.bare(r, host)
		return
	}
	for p := range rule.HTTP.Paths {
		i.path(r, p, host, &rule.HTTP.Paths[p])
	}
}

// bare is a rule without paths: all of its host goes to the default backend.
func (i *ingress) bare(r int, host model.Host) {
	if i.backstop == (model.Action{}) {
		i.b.problem(at(i.ref, i.b.fields.rule(r)), model.ReasonInvalid, "a rule without paths needs spec.defaultBackend")
		return
	}
	if host.IsAny() {
		return // the default of the listeners says the same
	}
	i.serve(routeKey{host: host, path: "/"}, i.backstop, i.b.fields.rule(r))
}

func (i *ingress) path(r, p int, host model.Host, path *networkingv1.HTTPIngressPath) {
	match, field, message := parsePath(path)
	if message != "" {
		i.b.problem(at(i.ref, i.b.fields.path(r, p)+field), model.ReasonInvalid, message)
		return
	}
	k := routeKey{host: host, path: match.Value, exact: match.Type == model.PathExact}
	i.serve(k, i.target(&path.Backend, r, p), i.b.fields.path(r, p))
}

// serve puts a route on the listeners that it belongs on.
func (i *ingress) serve(k routeKey, action model.Action, field string) {
	c := candidate{key: k, action: action, origin: at(i.ref, field), age: i.ingress.CreationTimestamp.Time}
	c.name = i.name(k)
	full, part := i.cover.of(k.host)
	if full || len(part) > 0 {
		i.add(&i.https, &c)
	}
	if i.settings.httpOff {
		return
	}
	if i.redirect.Redirect != nil {
		for _, h := range part {
			i.redirectPart(c, h)
		}
		if full {
			c.action = i.redirect
		}
	}
	i.add(&i.http, &c)
}

// name tells routes apart by what they match, not by where they stand, so that a rule that is put
// before others renames nothing.
func (i *ingress) name(k routeKey) string {
	const most = 512
	host, sign := "*", ""
	if !k.host.IsAny() {
		host = k.host.Name
	}
	switch k.host.Wildcard {
	case model.NoWildcard:
	case model.OneLabel:
		sign = "*."
	case model.AnyLabels:
		sign = "**."
	}
	exact := ""
	if k.exact {
		exact = "="
	}
	s := i.b.blocks.text.join(i.ref.Namespace, "/", i.ref.Name, " ", sign, host, exact, k.path)
	if len(s) > most {
		h := fnv.New64a()
		_, _ = h.Write([]byte(s)) // never fails, as package hash says
		s = s[:most-20] + "~" + strconv.FormatUint(h.Sum64(), 36)
	}
	return s
}

// redirectPart redirects one host of a route that has more of them than port 443 covers. What
// another Ingress says of that host is more specific than the route, and stays.
func (i *ingress) redirectPart(c candidate, h model.Host) {
	if i.parts++; i.parts == maxParts+1 {
		i.b.problem(at(i.ref, annotationField(prefix+"tls-redirect")), model.ReasonInvalid,
			"more than 1000 redirects of single hosts; name the hosts in rules, or cover all hosts by one entry of spec.tls")
	}
	if i.parts > maxParts {
		return
	}
	for _, o := range i.others {
		if o != i.member && names(o.ingress, h) {
			return
		}
	}
	c.key.host, c.action = h, i.redirect
	c.name = i.name(c.key)
	i.add(&i.http, &c)
}

func names(ing *networkingv1.Ingress, h model.Host) bool {
	return slices.ContainsFunc(ing.Spec.Rules, func(r networkingv1.IngressRule) bool { return r.Host == h.String() })
}

// fallbacks sets the default backend as the default of the listeners.
func (i *ingress) fallbacks() {
	origin := at(i.ref, "spec.defaultBackend")
	full, part := i.cover.of(model.Host{})
	if full || len(part) > 0 {
		i.fallback(&i.https, i.backstop, origin)
	}
	if i.settings.httpOff {
		return
	}
	if i.redirect.Redirect == nil {
		i.fallback(&i.http, i.backstop, origin)
		return
	}
	if full {
		i.fallback(&i.http, i.redirect, origin)
		return
	}
	i.fallback(&i.http, i.backstop, origin)
	for _, h := range part {
		i.redirectPart(candidate{key: routeKey{path: "/"}, origin: origin, age: i.ingress.CreationTimestamp.Time}, h)
	}
}

// target is what becomes of requests for a backend. What cannot be served costs this path a 503,
// and nothing else.
func (i *ingress) target(backend *networkingv1.IngressBackend, r, p int) model.Action {
	var no *refusal
	switch {
	case backend.Resource != nil:
		no = &refusal{model.ReasonUnsupported, ".resource", "resource backends are not served, allowed is a service"}
	case backend.Service == nil:
		no = &refusal{model.ReasonInvalid, "", "names neither a service nor a resource"}
	default:
		s, v, refused := i.b.resolve(i.ref.Namespace, backend.Service, &i.settings.backend, i.family)
		if refused == nil {
			action := i.forward(s, v, i.ref)
			i.tell(s, i.b.flaws[v])
			return action
		}
		no = refused
	}
	field := "spec.defaultBackend"
	if r >= 0 {
		field = i.b.fields.path(r, p) + ".backend"
	}
	i.b.problem(at(i.ref, field+no.field), no.reason, no.message)
	return model.Respond(503)
}
