package kube_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// crossed is Ingresses that use the same Services: more than there is room for at first, in another
// order and with other settings each.
func crossed() kube.Objects {
	const services = 30
	var o kube.Objects
	var paths []networkingv1.HTTPIngressPath
	for i := range services {
		name := "s" + strconv.Itoa(i)
		o.Services = append(o.Services, serviceOf("shop", name))
		o.EndpointSlices = append(o.EndpointSlices, sliceOf("shop", name, 2*i, 2))
		paths = append(paths, path("/"+name, name))
	}
	backwards := slices.Clone(paths)
	slices.Reverse(backwards)
	for name, paths := range map[string][]networkingv1.HTTPIngressPath{"a": paths, "b": backwards, "c": paths[7:20], "d": backwards[:12]} {
		ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
		if name == "b" || name == "d" {
			ing.Annotations = map[string]string{"headgate.io/request-timeout": "30s", "headgate.io/health-check-path": "/healthy"}
		}
		if name == "c" || name == "d" {
			metav1.SetMetaDataAnnotation(&ing.ObjectMeta, "headgate.io/group", "cd")
		}
		ing.Spec.DefaultBackend = &paths[0].Backend
		ing.Spec.Rules = []networkingv1.IngressRule{{
			Host:             name + ".example.com",
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
		}}
		o.Ingresses = append(o.Ingresses, ing)
	}
	return o
}

// What a load balancer is must not depend on which others are built beside it, though they share
// what was worked out of a Service.
func TestALoadBalancerIsTheSameAloneAndAmongOthers(t *testing.T) {
	all := crossed()
	together := kube.Build(all, kube.Options{})
	if len(together.LoadBalancers) != 3 {
		t.Fatalf("got %d load balancers", len(together.LoadBalancers))
	}
	for _, lb := range together.LoadBalancers {
		alone := all
		alone.Ingresses = slices.DeleteFunc(slices.Clone(all.Ingresses), func(i *networkingv1.Ingress) bool { return !slices.Contains(kube.LoadBalancersOf(i), lb.ID) })
		want := kube.Build(alone, kube.Options{})
		got := kube.Result{Problems: slices.DeleteFunc(slices.Clone(together.Problems), func(p model.Problem) bool {
			return !slices.ContainsFunc(alone.Ingresses, func(i *networkingv1.Ingress) bool { return i.Name == p.Origin.Name })
		})}
		got.LoadBalancers = append(got.LoadBalancers, lb)
		for _, a := range together.Attachments {
			if a.LoadBalancer == lb.ID {
				got.Attachments = append(got.Attachments, a)
			}
		}
		for _, b := range together.Backends {
			if b.LoadBalancer == lb.ID {
				got.Backends = append(got.Backends, b)
			}
		}
		if diff := cmp.Diff(canonical(t, want), canonical(t, got)); diff != "" {
			t.Errorf("%s (-alone +together):\n%s", lb.ID, diff)
		}
		for i, b := range got.Backends {
			if b.Group != lb.Groups[i].ID || len(lb.Groups[i].Endpoints) != 2 {
				t.Errorf("%s: group %d is %s of backend %s with %d endpoints", lb.ID, i, lb.Groups[i].ID, b.Group, len(lb.Groups[i].Endpoints))
			}
		}
	}
}

// TestGroupIDsDoNotDependOnOtherObjects builds each Ingress among all others and alone.
func TestGroupIDsDoNotDependOnOtherObjects(t *testing.T) {
	for _, all := range append(everything(t), crossed()) {
		together := groupsOfRoutes(kube.Build(all, kube.Options{}))
		for _, i := range all.Ingresses {
			alone := all
			alone.Ingresses = []*networkingv1.Ingress{i}
			for route, id := range groupsOfRoutes(kube.Build(alone, kube.Options{})) {
				if got, ok := together[route]; ok && got != id {
					t.Errorf("%s: the group is %s, and %s alone", route, got, id)
				}
			}
		}
	}
}

func groupsOfRoutes(r kube.Result) map[string]model.GroupID {
	groups := map[string]model.GroupID{}
	for _, lb := range r.LoadBalancers {
		for _, l := range lb.Listeners {
			for _, route := range l.Routes {
				if f := route.Action.Forward; f != nil {
					groups[l.Name+strconv.Itoa(l.Port)+" "+route.Origin.String()] = f.Groups[0].Group
				}
			}
		}
	}
	return groups
}

func TestRefusedClaimsAreInTheResult(t *testing.T) {
	refused := 0
	for _, o := range everything(t) {
		r := kube.Build(o, kube.Options{Controller: "headgate.io/test"})
		reported := map[model.Problem]bool{}
		for _, p := range r.Problems {
			reported[p] = true
		}
		for _, a := range r.Attachments {
			for _, c := range a.Claims {
				if c.Refused == nil {
					continue
				}
				refused++
				if !reported[*c.Refused] || c.Refused.Origin.Object() != a.Object {
					t.Errorf("the claim of %s is refused for %s, which is not reported", c.Origin, c.Refused)
				}
			}
		}
		for p := range reported {
			if p.Reason == model.ReasonConflict && p.Origin.Kind == "Ingress" && isClaim(p.Origin.Field) && !hasRefused(r, p) {
				t.Errorf("no claim is refused for %s", p)
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d claims are refused in all golden cases", refused)
	}
}

func isClaim(field string) bool { return strings.HasPrefix(field, "spec.") }

func hasRefused(r kube.Result, p model.Problem) bool {
	return slices.ContainsFunc(r.Attachments, func(a kube.Attachment) bool {
		return slices.ContainsFunc(a.Claims, func(c kube.Claim) bool { return c.Refused != nil && *c.Refused == p })
	})
}
