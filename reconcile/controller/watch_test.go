package controller

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/provider/fake"
)

func TestAChangeQueuesOnlyTheLoadBalancersThatItConcerns(t *testing.T) {
	changes := map[string]func(e *env){
		"endpoints": func(e *env) { e.put(slice("s3", 4)) },
		"service": func(e *env) {
			s := service("s3")
			s.Annotations = map[string]string{"headgate.io/health-check-path": "/up"}
			e.put(s)
		},
		"ingress": func(e *env) {
			i := ingress("web3", "s3")
			i.Annotations = map[string]string{"headgate.io/http": "on"}
			e.put(i)
		},
		"secret": func(e *env) {
			e.put(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cert3"}, Type: corev1.SecretTypeTLS})
		},
		"node": func(e *env) { e.put(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}}) },
		"pod":  func(e *env) { e.put(gated("s3", 3)) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			r := tracetest.NewSpanRecorder()
			inBubble(t, func(t *testing.T, e *env) {
				e.put(class())
				for n := range 10 {
					i := ingress(fmt.Sprintf("web%d", n), fmt.Sprintf("s%d", n))
					i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{"x.example"}, SecretName: fmt.Sprintf("cert%d", n)}}
					e.put(service(fmt.Sprintf("s%d", n)), slice(fmt.Sprintf("s%d", n), 3), i)
				}
				e.wait(time.Minute)
				r.Reset()
				change(e)
				e.wait(10 * time.Second)
				got := passes(r)
				delete(got, "shop/web3")
				if len(got) > 0 {
					t.Errorf("passes over others: %v", got)
				}
				if concerned := name != "node" && name != "pod"; concerned && len(r.Ended()) == 0 {
					t.Error("no pass at all")
				}
			}, recordSpans(r))
		})
	}
}

func TestChangedLoadBalancersComeBeforeListedOnes(t *testing.T) {
	r := tracetest.NewSpanRecorder()
	alone := func(o *Options, _ *fake.CloudOptions) { o.Workers = 1 }
	inBubble(t, func(t *testing.T, e *env) {
		e.fleet(8)
		e.stop()
		e.renew(alone, recordSpans(r))
		i := ingress("new", "cart")
		if err := e.objects.Create(context.Background(), i); err != nil {
			t.Fatal(err)
		}
		e.start()
		e.wait(time.Minute)
		for _, s := range r.Ended() {
			if s.Name() == "headgate.reconcile" {
				if first := attributeOf(s, "headgate.load_balancer"); first != "shop/new" {
					t.Errorf("first was %s", first)
				}
				return
			}
		}
		t.Error("no pass at all")
	}, alone)
}
