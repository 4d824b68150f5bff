package controller

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate-io/headgate/provider/fake"
)

// values returns every sample of a registry by name and labels. A histogram is its count.
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

func TestMetricsFollowTheController(t *testing.T) {
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
			t.Errorf("endpoints of a deleted load balancer: %v", got["headgate_endpoints state=ready"])
		}
	}, func(o *Options, _ *fake.CloudOptions) { o.Metrics = m })
}
