package kube

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
)

// ingresses adds the attachments of all Ingresses. Each is attached to one load balancer.
func (x *cluster) ingresses(o *Objects, all []Attachment) []Attachment {
	all = slices.Grow(all, len(o.Ingresses))
	seen := make(map[key]bool, len(o.Ingresses))
	for _, ing := range o.Ingresses {
		name := key{ing.Namespace, ing.Name}
		switch {
		case seen[name]:
		case !x.serves(ing):
			x.skipped = append(x.skipped, ingressRef(ing))
		case ing.DeletionTimestamp != nil: // a finalizer retains it until its load balancer is gone
		default:
			all = append(all, x.ingress(ing))
		}
		seen[name] = true
	}
	return all
}

func ingressRef(ing *networkingv1.Ingress) model.Ref {
	return model.Ref{Kind: "Ingress", Namespace: ing.Namespace, Name: ing.Name}
}

// ingress reads one Ingress.
func (x *cluster) ingress(ing *networkingv1.Ingress) Attachment {
	ref := ingressRef(ing)
	s := x.settings(ref, ing.Annotations, onIngress)
	r := ingressReader{
		cluster: x, object: ing, settings: s,
		attachment: Attachment{
			LoadBalancer: loadBalancerID(ing, string(s.ingress.group)),
			Object:       ref, Age: ing.CreationTimestamp.Time, settings: s,
		},
	}
	r.read()
	return r.attachment
}

// ingressReader turns one Ingress into claims.
type ingressReader struct {
	*cluster
	object     *networkingv1.Ingress
	settings   *settings
	attachment Attachment
	cover      coverage
	fallback   model.Action // of the default backend; zero without one
	refused    *model.Problem
	redirect   model.Action // to HTTPS; zero without one
	single     int          // redirects of a single host so far
}

// The listeners of an Ingress.
func plain() ListenerKey  { return ListenerKey{Port: 80, Protocol: model.HTTP} }
func secure() ListenerKey { return ListenerKey{Port: 443, Protocol: model.HTTPS} }

func (r *ingressReader) read() {
	s := &r.settings.ingress
	if s.http != "off" {
		r.attachment.Listeners = r.httpOnly
	}
	if status := s.redirectStatus(); status != 0 {
		r.redirect = model.Action{Redirect: &model.Redirect{Scheme: "https", Status: status}}
	}
	r.certificates()
	r.attachment.Claims = make([]Claim, 0, r.countClaims())
	if b := r.object.Spec.DefaultBackend; b != nil {
		r.fallback, r.refused = r.action(b, "spec.defaultBackend")
		r.defaultBackend()
	}
	for i := range r.object.Spec.Rules {
		r.rule(i, &r.object.Spec.Rules[i])
	}
}

// countClaims is how many claims to make room for.
func (r *ingressReader) countClaims() (n int) {
	if r.object.Spec.DefaultBackend != nil {
		n++
	}
	for i := range r.object.Spec.Rules {
		if http := r.object.Spec.Rules[i].HTTP; http != nil {
			n += max(len(http.Paths), 1)
		} else {
			n++
		}
	}
	if r.cover.isEmpty() {
		return n
	}
	return 2 * n
}

func (r *ingressReader) rule(i int, rule *networkingv1.IngressRule) {
	host, message := parseHost(rule.Host, r.settings.ingress.wildcard())
	if message != "" {
		r.unreadable(model.Host{}, ruleField(i)+".host", message)
		return
	}
	if rule.HTTP == nil || len(rule.HTTP.Paths) == 0 {
		r.ruleWithoutPaths(i, host)
		return
	}
	for p := range rule.HTTP.Paths {
		r.path(i, p, host, &rule.HTTP.Paths[p])
	}
}

// ruleWithoutPaths sends all requests of a host to the default backend.
func (r *ingressReader) ruleWithoutPaths(i int, host model.Host) {
	if r.object.Spec.DefaultBackend == nil {
		r.unreadable(host, ruleField(i), "a rule without paths needs spec.defaultBackend")
		return
	}
	if host.IsAny() {
		return // the claim of the default backend is the same
	}
	r.serve(host, model.PathMatch{Type: model.PathPrefix, Value: "/"}, r.fallback, ruleField(i), r.refused)
}

func (r *ingressReader) path(i, p int, host model.Host, path *networkingv1.HTTPIngressPath) {
	field := pathField(i, p)
	match, part, message := parsePath(path)
	if message != "" {
		r.unreadable(host, field+part, message)
		return
	}
	action, refused := r.action(&path.Backend, field+".backend")
	r.serve(host, match, action, field, refused)
}

// unreadable adds a claim that cannot be read.
func (r *ingressReader) unreadable(host model.Host, field, message string) {
	origin := at(r.attachment.Object, field)
	r.attachment.Claims = append(r.attachment.Claims, Claim{
		Listener: plain(), Host: host, Origin: origin, Refused: r.problem(origin, model.ReasonInvalid, message),
	})
}

// action is what happens to the requests for a backend. A backend that cannot serve costs its
// claims the answer 503, and nothing else.
func (r *ingressReader) action(b *networkingv1.IngressBackend, field string) (model.Action, *model.Problem) {
	to, no := r.backend(r.attachment.Object, b, r.settings)
	if no != nil {
		return model.Respond(503), r.problem(at(r.attachment.Object, field+no.field), no.reason, no.message)
	}
	return model.Action{Forward: &to.forward}, nil
}

// serve claims a host and path on the listeners of the Ingress.
func (r *ingressReader) serve(host model.Host, path model.PathMatch, action model.Action, field string, refused *model.Problem) {
	c := Claim{Host: host, Match: model.Match{Path: path}, Action: action, Origin: at(r.attachment.Object, field), Refused: refused}
	c.Name = routeName(&c)
	r.claim(&c)
}

// defaultBackend claims the requests that nothing else matches.
func (r *ingressReader) defaultBackend() {
	origin := at(r.attachment.Object, "spec.defaultBackend")
	r.claim(&Claim{Action: r.fallback, Origin: origin, Refused: r.refused})
}

// claim adds a claim to port 443 if a certificate covers its host, and to port 80. With a redirect,
// port 80 redirects what port 443 covers.
func (r *ingressReader) claim(c *Claim) {
	all, some := r.cover.of(c.Host)
	if all || len(some) > 0 {
		r.add(c, secure(), c.Action)
	}
	switch {
	case r.settings.ingress.http == "off":
	case r.redirect.Redirect == nil:
		r.add(c, plain(), c.Action)
	case all:
		redirected := *c
		redirected.Refused = nil
		r.add(&redirected, plain(), r.redirect)
	default:
		r.redirectSome(c, some)
		r.add(c, plain(), c.Action)
	}
}

func (r *ingressReader) add(c *Claim, l ListenerKey, action model.Action) {
	to := *c
	to.Listener, to.Action = l, action
	r.attachment.Claims = append(r.attachment.Claims, to)
}

// maxSingle bounds the redirects of single hosts: they multiply the paths of an Ingress by its
// hosts.
const maxSingle = 1000

// redirectSome redirects the covered hosts of a claim that has more hosts than that. Another object
// that names such a host is more specific than the claim, and stays.
func (r *ingressReader) redirectSome(c *Claim, covered []model.Host) {
	for _, h := range covered {
		if r.single++; r.single == maxSingle+1 {
			r.problem(at(r.attachment.Object, annotationField(prefix+"tls-redirect")), model.ReasonInvalid,
				"more than 1000 redirects of single hosts; name the hosts in rules, or cover all hosts with one entry of spec.tls")
		}
		if r.single > maxSingle {
			return
		}
		one := *c
		one.Host, one.Yields, one.Refused = h, true, nil
		if one.Match.Path == (model.PathMatch{}) {
			one.Match.Path = model.PathMatch{Type: model.PathPrefix, Value: "/"}
		}
		one.Name = routeName(&one)
		r.add(&one, plain(), r.redirect)
	}
}
