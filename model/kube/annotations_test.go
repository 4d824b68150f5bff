package kube

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
)

// annotated is an Ingress and its Service, on which every annotation has an effect.
func annotated(ingress, service map[string]string) Objects {
	prefixPath := networkingv1.PathTypePrefix
	rule := func(host string) networkingv1.IngressRule {
		return networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefixPath, Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: "web", Port: networkingv1.ServiceBackendPort{Number: 80}},
			}}},
		}}}
	}
	all := map[string]string{prefix + "certificates": "base", prefix + "session-affinity": "cookie"}
	maps.Copy(all, ingress)
	return Objects{
		Ingresses: []*networkingv1.Ingress{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web", Annotations: all},
			Spec:       networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{rule("a.example.com"), rule("*.example.com")}},
		}},
		Services: []*corev1.Service{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web", Annotations: service},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80, NodePort: 30080}}},
		}},
	}
}

// TestEveryAnnotationReachesTheModel sets each annotation to its example, on each kind of object.
// It must be stored in the model, change the digest, and use the feature that it declares.
func TestEveryAnnotationReachesTheModel(t *testing.T) {
	for _, a := range annotations() {
		set := map[string]string{prefix + a.Name: a.Example}
		if a.on&onIngress != 0 {
			t.Run("Ingress "+a.Name, func(t *testing.T) { reaches(t, &a, annotated(set, nil)) })
		}
		if a.on&onService != 0 {
			t.Run("Service "+a.Name, func(t *testing.T) { reaches(t, &a, annotated(nil, set)) })
		}
	}
}

func reaches(t *testing.T, a *annotation, with Objects) {
	t.Helper()
	before, after := sealOnly(t, annotated(nil, nil)), sealOnly(t, with)
	if before.Structure() == after.Structure() || text(t, before) == text(t, after) {
		t.Fatal("the annotation changes nothing in the model")
	}
	var s settings
	if !a.Set(&s, a.Example) {
		t.Fatalf("the example %q is not allowed", a.Example)
	}
	if s.ingress.isZero() { // a setting of the model
		if got := a.Text(stored(after)); got != a.Text(&s) {
			t.Errorf("the model has %q, want %q", got, a.Text(&s))
		}
	}
	uses := func(u model.Use) bool { return u.Feature == a.Uses(&s) }
	if a.Uses(&s) != "" && !slices.ContainsFunc(model.Features(after), uses) {
		t.Errorf("the model does not use %s", a.Uses(&s))
	}
}

func (s *ingressSettings) isZero() bool {
	return s.group+s.http+s.redirect+s.wildcards == "" && s.certificates == nil
}

// stored is the settings of a load balancer as the model stores them.
func stored(sealed model.Sealed) *settings {
	s := &settings{balancer: *sealed.LoadBalancer(), group: sealed.Groups()[0]}
	for _, l := range sealed.Listeners() {
		if l.TLS != nil {
			s.tls = *l.TLS
		}
	}
	return s
}

func sealOnly(t *testing.T, o Objects) model.Sealed {
	t.Helper()
	r := Build(o, Options{})
	if len(r.LoadBalancers) != 1 || len(r.Problems) > 0 {
		t.Fatalf("got %d load balancers and problems %v", len(r.LoadBalancers), r.Problems)
	}
	s, err := model.Seal(r.LoadBalancers[0])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func text(t *testing.T, s model.Sealed) string {
	t.Helper()
	raw, err := json.Marshal(s.LoadBalancer())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestGroupIDsNameWhatARouteAdds checks that only what an Ingress adds to the settings of a Service
// is part of the ID.
func TestGroupIDsNameWhatARouteAdds(t *testing.T) {
	timeout := func(value string) map[string]string { return map[string]string{prefix + "request-timeout": value} }
	id := func(ingress, service map[string]string) string {
		o := annotated(ingress, service)
		delete(o.Ingresses[0].Annotations, prefix+"session-affinity")
		return string(sealOnly(t, o).Groups()[0].ID)
	}
	const plainID = "ns/web:80"
	added := id(timeout("30s"), nil)
	for name, c := range map[string]struct{ got, want string }{
		"nothing set":                        {id(nil, nil), plainID},
		"set by the Service":                 {id(nil, timeout("30s")), plainID},
		"set by both":                        {id(timeout("40s"), timeout("30s")), plainID},
		"set by the Ingress, other spelling": {id(timeout("30"), nil), added},
		"set by the Ingress, and something else by the Service": {
			id(timeout("30s"), map[string]string{prefix + "health-check-path": "/h"}), added,
		},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
	if !strings.HasPrefix(added, plainID+"~") || added == id(timeout("31s"), nil) {
		t.Errorf("got the ID %s for a timeout that the Ingress adds", added)
	}
}
