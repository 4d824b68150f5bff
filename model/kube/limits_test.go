package kube_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

func TestConflictsAreFoundAmongManyRoutes(t *testing.T) {
	o := decode(t, services)
	i := fleet(1).Ingresses[0]
	i.Namespace, i.Name = "ns", "web"
	http := i.Spec.Rules[0].HTTP
	http.Paths = nil
	for n := range 100 {
		http.Paths = append(http.Paths, path("/p"+strconv.Itoa(n), "s1"))
	}
	http.Paths = append(http.Paths, path("/p7", "s2"), path("/p99", "s1"), path("/new", "s2"))
	o.Ingresses = []*networkingv1.Ingress{i}
	r := kube.Build(o, kube.Options{})
	if len(r.Problems) != 1 || r.Problems[0].Origin.Field != "spec.rules[0].http.paths[100]" || r.Problems[0].Reason != model.ReasonConflict {
		t.Errorf("got problems %v, want one conflict of path 100", r.Problems)
	}
	if n := len(r.LoadBalancers[0].Listeners[0].Routes); n != 101 {
		t.Errorf("got %d routes, want 101", n)
	}
	seal(t, r)
}

func TestLongNamesOfRoutesStayApart(t *testing.T) {
	o := decode(t, services)
	i := fleet(1).Ingresses[0]
	i.Namespace, i.Name = "ns", strings.Repeat("n", 253)
	long := "/" + strings.Repeat("a", 1000)
	i.Spec.Rules[0].HTTP.Paths = []networkingv1.HTTPIngressPath{path(long+"/x", "s1"), path(long+"/y", "s2")}
	o.Ingresses = []*networkingv1.Ingress{i}
	seal(t, kube.Build(o, kube.Options{}))
}

// TestHostsTimesPathsStayBounded keeps a tenant from making a million routes with a small object.
func TestHostsTimesPathsStayBounded(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	o := decode(t, tlsIngress(redirected, "[{secretName: one}]", ""))
	o.Secrets = append(o.Secrets, secretOf("one", cert, key))
	i := o.Ingresses[0]
	for n := range 2000 {
		i.Spec.TLS[0].Hosts = append(i.Spec.TLS[0].Hosts, fmt.Sprintf("h%d.example.com", n))
		i.Spec.Rules[0].HTTP.Paths = append(i.Spec.Rules[0].HTTP.Paths, path("/p"+strconv.Itoa(n), "s1"))
	}
	r := kube.Build(o, kube.Options{})
	total := 0
	for _, l := range r.LoadBalancers[0].Listeners {
		total += len(l.Routes)
	}
	if want := 2*2001 + 1000; total != want {
		t.Errorf("got %d routes, want %d", total, want)
	}
	if len(r.Problems) != 1000+1 {
		t.Errorf("got %d problems, want one for each host too many and one for the redirect", len(r.Problems))
	}
	seal(t, r)
}

// TestARedirectOfOneHostLeavesTheRulesOfOthersAlone covers two Ingresses of a group.
func TestARedirectOfOneHostLeavesTheRulesOfOthersAlone(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	text := tlsIngress(redirected+", headgate.io/group: g", "[{hosts: [a.example.com, b.example.com], secretName: one}]", "")
	other := strings.TrimPrefix(tlsIngress("headgate.io/group: g", "[]", "x.example.com", "a.example.com"), services)
	o := decode(t, text+strings.Replace(other, "name: web", "name: zzz", 1))
	o.Secrets = append(o.Secrets, secretOf("one", cert, key))
	s := seal(t, kube.Build(o, kube.Options{}))
	for host, want := range map[string]string{"a.example.com": "ns/s1:80", "b.example.com": "301", "c.example.com": "ns/s0:80"} {
		if got := outcome(model.Decide(s, model.Request{Host: host, Path: "/x"})); got != want {
			t.Errorf("http://%s/x: got %s, want %s", host, got, want)
		}
	}
}

func TestStrictServesOnlyTheClassesOfTheController(t *testing.T) {
	const text = `
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: ours}, spec: {controller: headgate.io/test}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: classed, namespace: ns}, spec: {ingressClassName: ours}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: bare, namespace: ns}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: unknown, namespace: ns}, spec: {ingressClassName: nowhere}}
`
	for name, c := range map[string]struct {
		isDefault string
		want      int
	}{"no default class": {"", 1}, "the default class is ours": {"true", 2}, "marked as no default": {"false", 1}} {
		o := decode(t, text)
		o.IngressClasses[0].Annotations = map[string]string{networkingv1.AnnotationIsDefaultIngressClass: c.isDefault}
		r := kube.Build(o, kube.Options{Controller: "headgate.io/test", Strict: true})
		if len(r.LoadBalancers) != c.want || len(r.Skipped) != 3-c.want {
			t.Errorf("%s: served %d and skipped %d, want %d and %d", name, len(r.LoadBalancers), len(r.Skipped), c.want, 3-c.want)
		}
	}
}

func TestBackendsOfAResultGiveTheEndpointsOfItsGroups(t *testing.T) {
	for _, o := range everything(t) {
		r := kube.Build(o, kube.Options{Controller: "headgate.io/test"})
		groups := map[string]model.Group{}
		for _, lb := range r.LoadBalancers {
			for _, g := range lb.Groups {
				groups[string(lb.ID)+" "+string(g.ID)] = g
			}
		}
		if len(r.Backends) != len(groups) {
			t.Errorf("got %d backends for %d groups", len(r.Backends), len(groups))
		}
		for _, b := range r.Backends {
			eps, known, _ := b.Backend.Members(o.EndpointSlices, kube.NewNodes(o.Nodes))
			g := groups[string(b.LoadBalancer)+" "+string(b.Group)]
			if canonical(t, eps) != canonical(t, g.Endpoints) || known != g.Members {
				t.Errorf("%s %s: the backend has other endpoints than the group", b.LoadBalancer, b.Group)
			}
		}
	}
}

func TestTagsOfALoadBalancerStayBounded(t *testing.T) {
	var o kube.Objects
	for n := range 2 {
		tags := make([]string, 40)
		for k := range tags {
			tags[k] = fmt.Sprintf("t%d-%d=v", n, k)
		}
		i := fleet(1).Ingresses[0]
		i.Name, i.Spec = "i"+strconv.Itoa(n), networkingv1.IngressSpec{}
		i.Annotations = map[string]string{"headgate.io/group": "g", "headgate.io/tags": strings.Join(tags, ",")}
		o.Ingresses = append(o.Ingresses, i)
	}
	r := kube.Build(o, kube.Options{})
	if n := len(r.LoadBalancers[0].Tags); n != 50 || len(r.Problems) != 1 {
		t.Errorf("got %d tags and problems %v, want 50 and one", n, r.Problems)
	}
	seal(t, r)
}
