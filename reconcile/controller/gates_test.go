package controller

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// gated returns a pod of a Service whose containers are ready and that waits for gates.
func gated(service string, ip int, gates ...corev1.PodConditionType) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("%s-%d", service, ip), UID: "u", Labels: map[string]string{"app": service}}}
	for _, g := range gates {
		p.Spec.ReadinessGates = append(p.Spec.ReadinessGates, corev1.PodReadinessGate{ConditionType: g})
	}
	p.Status.PodIP = fmt.Sprintf("10.0.0.%d", ip)
	p.Status.Conditions = []corev1.PodCondition{
		{Type: corev1.ContainersReady, Status: corev1.ConditionTrue},
		{Type: corev1.PodReady, Status: corev1.ConditionFalse},
	}
	return p
}

func (e *env) gate(p *corev1.Pod, t corev1.PodConditionType) *corev1.PodCondition {
	stored, ok := e.read(p).(*corev1.Pod)
	if !ok {
		e.t.Fatalf("pod %s is gone", p.Name)
	}
	for i := range stored.Status.Conditions {
		if stored.Status.Conditions[i].Type == t {
			return &stored.Status.Conditions[i]
		}
	}
	return nil
}

func TestAGateOpensOnceTheCloudSendsRequests(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		g := GateType("shop/web", "shop/cart:80")
		p := gated("cart", 3, g)
		e.cloud.SetHealth(netip.MustParseAddrPort("10.0.0.3:8080"), false)
		e.put(p)
		e.put(slice("cart", 1, 2, -3))
		e.wait(time.Minute)
		if got := e.members("shop/web"); len(got) != 3 {
			t.Fatalf("a pod that waits only for its gate is not registered: %v", got)
		}
		if c := e.gate(p, g); c != nil {
			t.Fatalf("open although the pod is unhealthy: %v", c)
		}
		e.cloud.SetHealth(netip.MustParseAddrPort("10.0.0.3:8080"), true)
		e.wait(5 * time.Second)
		if c := e.gate(p, g); c == nil || c.Status != corev1.ConditionTrue || c.Reason != "Serving" {
			t.Errorf("gate: %v", c)
		}
		stored := e.read(p).(*corev1.Pod) //nolint:forcetypeassert // it is one
		if len(stored.Status.Conditions) != 3 {
			t.Errorf("conditions: %v", stored.Status.Conditions)
		}
	})
}

func TestAGateOpensWhenItsLoadBalancerIsDeleted(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		i := e.shop()
		g := GateType("shop/web", "shop/cart:80")
		p := gated("cart", 3, g)
		e.cloud.SetHealth(netip.MustParseAddrPort("10.0.0.3:8080"), false)
		e.put(p, slice("cart", 1, 2, -3))
		e.wait(time.Minute)
		if c := e.gate(p, g); c != nil {
			t.Fatalf("open too early: %v", c)
		}
		e.remove(i)
		e.wait(time.Minute)
		if c := e.gate(p, g); c == nil || c.Status != corev1.ConditionTrue || c.Reason != "NoLoadBalancer" {
			t.Errorf("gate: %v", c)
		}
	})
}

func TestAGateWithoutLoadBalancerOpensAtAStart(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		g := GateType("shop/gone", "shop/cart:80")
		p := gated("cart", 3, g)
		e.put(p)
		e.wait(time.Minute)
		if c := e.gate(p, g); c == nil || c.Reason != "NoLoadBalancer" {
			t.Errorf("gate: %v", c)
		}
	})
}

func TestAGateStaysClosedWhileTheCloudIsUnreachable(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		<-e.cloud.CrashAfter(0)
		g := GateType("shop/web", "shop/cart:80")
		p := gated("cart", 1, g)
		e.put(class(), service("cart"), ingress("web", "cart"), p, slice("cart", -1))
		e.wait(10 * time.Minute)
		if c := e.gate(p, g); c != nil {
			t.Fatalf("open without a load balancer: %v", c)
		}
		e.cloud.Heal()
		e.wait(5 * time.Minute)
		if c := e.gate(p, g); c == nil || c.Reason != "Serving" {
			t.Errorf("gate: %v", c)
		}
	})
}

func TestAGateOfANewPodWaitsForItsObjects(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		g := GateType("shop/web", "shop/cart:80")
		p := gated("cart", 1, g)
		p.CreationTimestamp = metav1.Now()
		e.put(p)
		e.wait(time.Second)
		if c := e.gate(p, g); c != nil {
			t.Fatalf("open before the Ingress could arrive: %v", c)
		}
		e.put(class(), service("cart"), ingress("web", "cart"), slice("cart", -1))
		e.wait(time.Minute)
		if c := e.gate(p, g); c == nil || c.Reason != "Serving" {
			t.Errorf("gate: %v", c)
		}
	})
}

func TestGateTypesAreQualifiedNames(t *testing.T) {
	long := model.GroupID("shop/" + strings.Repeat("x", 63) + ":65535")
	for _, g := range []model.GroupID{"shop/cart:80", long} {
		if errs := validation.IsQualifiedName(string(GateType("shop/web", g))); len(errs) > 0 {
			t.Errorf("%s: %v", g, errs)
		}
	}
	if GateType("a/b", "s/c:80") == GateType("a/c", "s/c:80") {
		t.Error("two load balancers share a gate")
	}
	if GateType("a/b", "s/c:80") != GateType("a/b", "s/c:80~f00") {
		t.Error("groups of one port have different gates")
	}
}

func TestGatesForNamesTheGroupsOfAPod(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.put(class(), service("cart"), service("pay"), ingress("a", "cart"), ingress("b", "cart", "pay"))
		e.wait(time.Minute)
		got, err := e.c.gates.finder.gatesFor(context.Background(), "shop", map[string]string{"app": "cart"})
		if err != nil {
			t.Fatal(err)
		}
		var lbs []string
		for g, f := range got {
			if !kube.IsGate(g) {
				t.Errorf("%s is not a gate", g)
			}
			lbs = append(lbs, string(f.balancer)+" "+string(f.group))
		}
		slices.Sort(lbs)
		if !slices.Equal(lbs, []string{"shop/a shop/cart:80", "shop/b shop/cart:80"}) {
			t.Errorf("gates: %v", lbs)
		}
	})
}
