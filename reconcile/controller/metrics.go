package controller

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// Metrics are the metrics of a controller. A nil *Metrics records nothing.
type Metrics struct {
	passes    *prometheus.HistogramVec
	errors    *prometheus.CounterVec
	calls     *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	provider  *prometheus.HistogramVec
	throttled prometheus.Counter
	planned   *prometheus.HistogramVec
	ops       *prometheus.CounterVec
	states    *prometheus.GaugeVec
	toWrite   prometheus.Histogram
	toHealthy prometheus.Histogram
	drift     prometheus.Counter
	garbage   prometheus.Gauge
	stopped   prometheus.Gauge
	leading   prometheus.GaugeFunc

	mu     sync.Mutex
	groups map[feed]map[model.EndpointState]int
	totals map[model.EndpointState]int
	fence  *Fence
}

// NewMetrics registers the metrics, each with the label cloud.
func NewMetrics(r prometheus.Registerer, cloud string) (*Metrics, error) {
	m := &Metrics{groups: map[feed]map[model.EndpointState]int{}, totals: map[model.EndpointState]int{}}
	m.addReconciling(prometheus.Labels{"cloud": cloud})
	m.addCalls(prometheus.Labels{"cloud": cloud})
	m.addStates(prometheus.Labels{"cloud": cloud})
	var errs []error
	for _, c := range m.all() {
		errs = append(errs, r.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.passes, m.errors, m.calls, m.latency, m.provider, m.throttled, m.planned, m.ops, m.states, m.toWrite,
		m.toHealthy, m.drift, m.garbage, m.stopped, m.leading}
}

// fast returns buckets from half a millisecond to a minute.
func fast() []float64 { return prometheus.ExponentialBucketsRange(0.0005, 60, 16) }

// slow returns buckets from ten milliseconds to ten minutes.
func slow() []float64 { return prometheus.ExponentialBucketsRange(0.01, 600, 16) }

func histogram(name, help string, labels prometheus.Labels, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Name: name, Help: help, ConstLabels: labels, Buckets: buckets}
}

func (m *Metrics) addReconciling(l prometheus.Labels) {
	m.passes = prometheus.NewHistogramVec(histogram("headgate_reconcile_seconds",
		"Duration of one pass over a load balancer, by phase: structure, endpoints, or look for a pass without changes that polls the cloud.", l, fast()), []string{"phase"})
	m.errors = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "headgate_reconcile_errors_total",
		Help: "Failures by code: of passes that could not read the cloud or the API server, and of single writes.", ConstLabels: l}, []string{"code"})
	m.planned = prometheus.NewHistogramVec(histogram("headgate_plan_ops",
		"Number of ops in non-empty plans, by phase.", l, prometheus.ExponentialBuckets(1, 2, 10)), []string{"phase"})
	m.ops = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "headgate_ops_total",
		Help: "Ops by action and outcome.", ConstLabels: l}, []string{"action", "outcome"})
	m.drift = prometheus.NewCounter(prometheus.CounterOpts{Name: "headgate_drift_ops_total",
		Help: "Ops that a drift audit planned although nothing had changed in the cluster.", ConstLabels: l})
}

func (m *Metrics) addCalls(l prometheus.Labels) {
	m.calls = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "headgate_cloud_calls_total",
		Help: "Calls to the API of the cloud by operation and HTTP status; 0 if there was no reply.", ConstLabels: l}, []string{"api", "code"})
	m.latency = prometheus.NewHistogramVec(histogram("headgate_cloud_call_seconds", "Duration of one call to the API of the cloud.", l, fast()), []string{"api"})
	m.provider = prometheus.NewHistogramVec(histogram("headgate_provider_seconds",
		"Duration of one call to the provider, which may make several calls to the cloud: observe, do, health.", l, fast()), []string{"call"})
	m.throttled = prometheus.NewCounter(prometheus.CounterOpts{Name: "headgate_cloud_throttled_total",
		Help: "Reads and writes that the cloud throttled.", ConstLabels: l})
}

func (m *Metrics) addStates(l prometheus.Labels) {
	m.states = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "headgate_endpoints",
		Help: "Endpoints of all groups by state.", ConstLabels: l}, []string{"state"})
	m.toWrite = prometheus.NewHistogram(histogram("headgate_endpoint_write_seconds",
		"Time from a change of endpoints until it is written to the cloud. It starts with the change of the pod if the EndpointSlice records that.", l, slow()))
	m.toHealthy = prometheus.NewHistogram(histogram("headgate_endpoint_healthy_seconds",
		"Time from when the containers of a pod with a readiness gate are ready until the cloud sends it requests.", l, slow()))
	m.garbage = prometheus.NewGauge(prometheus.GaugeOpts{Name: "headgate_orphaned_load_balancers",
		Help: "Load balancers that exist in the cloud and that no object claims.", ConstLabels: l})
	m.stopped = prometheus.NewGauge(prometheus.GaugeOpts{Name: "headgate_guarded_load_balancers",
		Help: "Load balancers whose deletion a guard stopped; a person must decide.", ConstLabels: l})
	m.leading = prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "headgate_leader",
		Help: "1 while this process may write to the cloud.", ConstLabels: l}, m.leads)
}

func (m *Metrics) leads() float64 {
	m.mu.Lock()
	f := m.fence
	m.mu.Unlock()
	if f.MayWrite() {
		return 1
	}
	return 0
}

// reportLeader has headgate_leader report the state of a fence.
func (m *Metrics) reportLeader(f *Fence) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fence = f
}

func (m *Metrics) pass(w batch, d time.Duration, err error) {
	if m == nil {
		return
	}
	m.passes.WithLabelValues(w.phase()).Observe(d.Seconds())
	if err != nil {
		m.errors.WithLabelValues("Kubernetes").Inc()
	}
}

// applied records the result of a pass.
func (m *Metrics) applied(w batch, res reconcile.Result, auditing bool, now time.Time) {
	if m == nil {
		return
	}
	if n := len(res.Steps); n > 0 {
		m.planned.WithLabelValues(w.phase()).Observe(float64(n))
		if auditing && !w.changes() {
			m.drift.Add(float64(n))
		}
	}
	for _, s := range res.Steps {
		outcome := "planned"
		if s.Outcome != nil {
			outcome = string(s.Outcome.State)
		}
		m.ops.WithLabelValues(string(s.Action), outcome).Inc()
	}
	for _, f := range failuresOf(res) {
		m.failed(f.err)
	}
	m.written(w, res, now)
}

// written records how long changes of endpoints took to reach the cloud.
func (m *Metrics) written(w batch, res reconcile.Result, now time.Time) {
	if w.since.IsZero() || w.structure || !wroteAny(res) {
		return
	}
	since := w.since
	if !w.origin.IsZero() && w.origin.Before(since) {
		since = w.origin
	}
	m.toWrite.Observe(now.Sub(since).Seconds())
}

// wroteAny reports whether a step was done, which none is in a dry run.
func wroteAny(res reconcile.Result) bool {
	for _, s := range res.Steps {
		if s.Outcome != nil && s.Outcome.State == provider.Done {
			return true
		}
	}
	return false
}

func (m *Metrics) failed(err error) {
	if m == nil {
		return
	}
	code := provider.CodeOf(err)
	m.errors.WithLabelValues(string(code)).Inc()
	if code == provider.Throttled {
		m.throttled.Inc()
	}
}

func (m *Metrics) called(call string, d time.Duration) {
	if m != nil {
		m.provider.WithLabelValues(call).Observe(d.Seconds())
	}
}

// endpoints replaces the count of the endpoints of one group.
func (m *Metrics) endpoints(id model.ID, g model.GroupID, eps []model.Endpoint) {
	if m == nil {
		return
	}
	count := map[model.EndpointState]int{}
	for i := range eps {
		count[eps[i].State]++
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.replace(feed{id, g}, count)
}

func (m *Metrics) replace(f feed, count map[model.EndpointState]int) {
	for _, s := range []model.EndpointState{model.Ready, model.Draining, model.NotReady} {
		m.totals[s] += count[s] - m.groups[f][s]
		m.states.WithLabelValues(string(s)).Set(float64(m.totals[s]))
	}
	m.groups[f] = count
	if count == nil {
		delete(m.groups, f)
	}
}

// forget removes the endpoints of a load balancer that is gone.
func (m *Metrics) forget(id model.ID) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for f := range m.groups {
		if f.balancer == id {
			m.replace(f, nil)
		}
	}
}

func (m *Metrics) gateMet(p *corev1.Pod, now time.Time) {
	if m == nil {
		return
	}
	for i := range p.Status.Conditions {
		if c := &p.Status.Conditions[i]; c.Type == corev1.ContainersReady && c.Status == corev1.ConditionTrue {
			m.toHealthy.Observe(now.Sub(c.LastTransitionTime.Time).Seconds())
		}
	}
}

func (m *Metrics) unclaimed(n int) {
	if m != nil {
		m.garbage.Set(float64(n))
	}
}

func (m *Metrics) guarded(n int) {
	if m != nil {
		m.stopped.Set(float64(n))
	}
}
