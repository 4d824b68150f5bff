package controller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/provider/fake"
)

// watching records the spans of a controller, by which a test sees what it worked on.
func watching(r *tracetest.SpanRecorder) setting {
	p := sdk.NewTracerProvider(sdk.WithSpanProcessor(r))
	return func(o *Options, _ *fake.CloudOptions) { o.Tracer = p.Tracer("test") }
}

// workedOn is the load balancers that passes were made over, and how many.
func workedOn(r *tracetest.SpanRecorder) map[string]int {
	out := map[string]int{}
	for _, s := range r.Ended() {
		if s.Name() == "headgate.reconcile" {
			out[attributeOf(s, "headgate.load_balancer")]++
		}
	}
	return out
}

func attributeOf(s sdk.ReadOnlySpan, name string) string {
	for _, a := range s.Attributes() {
		if a.Key == attribute.Key(name) {
			return a.Value.String()
		}
	}
	return ""
}

func TestAChangeReachesOnlyWhatItConcerns(t *testing.T) {
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
				got := workedOn(r)
				delete(got, "shop/web3")
				if len(got) > 0 {
					t.Errorf("passes over others: %v", got)
				}
				if concerned := name != "node" && name != "pod"; concerned && len(r.Ended()) == 0 {
					t.Error("no pass at all")
				}
			}, watching(r))
		})
	}
}

func TestWhatChangedGoesBeforeWhatWasOnlyListed(t *testing.T) {
	r := tracetest.NewSpanRecorder()
	alone := func(o *Options, _ *fake.CloudOptions) { o.Workers = 1 }
	inBubble(t, func(t *testing.T, e *env) {
		e.fleet(8)
		e.stop()
		e.renew(alone, watching(r))
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

func TestSpansReachFromThePassToTheProvider(t *testing.T) {
	r := tracetest.NewSpanRecorder()
	inBubble(t, func(_ *testing.T, e *env) { e.shop() }, watching(r))
	parents := map[string]string{}
	byID := map[string]string{}
	for _, s := range r.Ended() {
		byID[s.SpanContext().SpanID().String()] = s.Name()
	}
	for _, s := range r.Ended() {
		parents[s.Name()] = byID[s.Parent().SpanID().String()]
	}
	if parents["headgate.provider.do"] != "headgate.sync" || parents["headgate.sync"] != "headgate.reconcile" {
		t.Errorf("parents: %v", parents)
	}
}

// values is every sample of a registry by name and labels, histograms by their count.
func values(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				if l.GetName() != "cloud" {
					labels = append(labels, l.GetName()+"="+l.GetValue())
				}
			}
			v := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			out[strings.Join(append([]string{f.GetName()}, labels...), " ")] = v
		}
	}
	return out
}

func TestMetricsCountWhatHappens(t *testing.T) {
	r := prometheus.NewRegistry()
	m, err := NewMetrics(r, "fake")
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		e.put(slice("cart", 1, 2, -3))
		e.put(slice("cart", 1, 2, 3, -4))
		e.wait(time.Minute)
		drift(t, e.provider)
		e.wait(time.Hour)
		got := values(t, r)
		for name, want := range map[string]float64{
			"headgate_endpoints state=ready": 3, "headgate_endpoints state=not-ready": 1, "headgate_endpoint_write_seconds": 1,
			"headgate_drift_ops_total": 1, "headgate_leader": 1, "headgate_orphaned_load_balancers": 0,
		} {
			if v, ok := got[name]; !ok || v != want {
				t.Errorf("%s is %v, want %v", name, v, want)
			}
		}
		for _, name := range []string{"headgate_reconcile_seconds phase=structure", "headgate_reconcile_seconds phase=endpoints",
			"headgate_ops_total action=create outcome=done", "headgate_provider_seconds call=do", "headgate_plan_ops phase=structure"} {
			if got[name] == 0 {
				t.Errorf("%s is 0; all: %v", name, slices.Sorted(maps.Keys(got)))
			}
		}
		e.remove(ingress("web", "cart"))
		e.wait(time.Minute)
		if got := values(t, r); got["headgate_endpoints state=ready"] != 0 {
			t.Errorf("endpoints of what is gone: %v", got["headgate_endpoints state=ready"])
		}
	}, func(o *Options, _ *fake.CloudOptions) { o.Metrics = m })
}

func TestASecretThatTurnsBadTearsNothingDown(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		made, err := makeCertificate("cart.web.example", time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		cert := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cert"}, Type: corev1.SecretTypeTLS,
			Data: map[string][]byte{corev1.TLSCertKey: made.chain, corev1.TLSPrivateKeyKey: made.key}}
		i := ingress("web", "cart")
		i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{"cart.web.example"}, SecretName: "cert"}}
		e.put(class(), service("cart"), slice("cart", 1), cert, i)
		e.wait(time.Minute)
		before := slices.Sorted(maps.Keys(e.cloud.Snapshot()))
		if !strings.Contains(strings.Join(before, "\n"), "/443") {
			t.Fatalf("no listener for HTTPS: %v", before)
		}
		bad := cert.DeepCopy()
		bad.Data[corev1.TLSPrivateKeyKey] = []byte("no key")
		e.put(bad)
		e.wait(10 * time.Minute)
		e.remove(bad)
		e.wait(10 * time.Minute)
		e.restart()
		e.put(slice("cart", 2))
		e.wait(10 * time.Minute)
		if got := e.members("shop/web"); !slices.Equal(got, []string{"10.0.0.2:8080"}) {
			t.Errorf("endpoints do not follow: %v", got)
		}
		if after := slices.Sorted(maps.Keys(e.cloud.Snapshot())); !slices.Equal(before, after) {
			t.Errorf("before %v\nafter %v", before, after)
		}
		off := e.read(i).(*networkingv1.Ingress) //nolint:forcetypeassert // it is one
		off.Spec.TLS = nil
		e.put(off)
		e.wait(10 * time.Minute)
		if after := strings.Join(slices.Sorted(maps.Keys(e.cloud.Snapshot())), "\n"); strings.Contains(after, "/443") {
			t.Errorf("HTTPS was taken out of the Ingress and is served on: %v", after)
		}
	})
}

// TestNoPassWaitsForAnother blocks the cloud for one load balancer and changes another.
func TestNoPassWaitsForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowProvider{release: make(chan struct{})}
		e := newEnv(t)
		defer e.cloud.Close()
		e.renew(func(o *Options, _ *fake.CloudOptions) {
			slow.Provider = o.Provider
			o.Provider = slow
		})
		e.start()
		e.put(class(), service("cart"), slice("cart", 1), ingress("blocked", "cart"))
		e.wait(time.Second)
		e.put(ingress("free", "cart"))
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 1 || !strings.Contains(got[0], "free") {
			t.Errorf("load balancers: %v", got)
		}
		close(slow.release)
		e.wait(time.Minute)
		if got := e.loadBalancers(); len(got) != 2 {
			t.Errorf("load balancers: %v", got)
		}
		e.stop()
	})
}
