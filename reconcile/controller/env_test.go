package controller

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	clientfake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	ctrl "sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

// env is a cluster of objects, a cloud, and a controller between them with its real workers and
// queues. It runs in a bubble of synctest.
type env struct {
	t        *testing.T
	objects  client.Client
	cloud    *fake.Cloud
	provider provider.Provider
	c        *controller
	events   *eventLog
	writes   *writeLog
	between  atomic.Pointer[func()] // called once, after the controller has read slices
	stop     func()
}

// setting changes the options of an env.
type setting func(*Options, *fake.CloudOptions)

// inBubble runs a test with a virtual clock.
func inBubble(t *testing.T, test func(t *testing.T, e *env), settings ...setting) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newEnv(t, settings...)
		defer e.cloud.Close()
		e.start()
		defer func() { e.stop() }()
		test(t, e)
	})
}

func newEnv(t *testing.T, settings ...setting) *env {
	t.Helper()
	e := &env{t: t, events: &eventLog{}, writes: &writeLog{}}
	co := fake.CloudOptions{}
	for _, s := range settings {
		s(&Options{}, &co)
	}
	e.cloud = fake.NewCloud(co)
	b := clientfake.NewClientBuilder().WithScheme(scheme.Scheme).
		WithStatusSubresource(&networkingv1.Ingress{}, &corev1.Pod{})
	for _, i := range Indexes() {
		b = b.WithIndex(i.Object, i.Field, i.Extract)
	}
	e.objects = b.Build()
	e.renew(settings...)
	return e
}

// renew makes a new controller, as a new process does.
func (e *env) renew(settings ...setting) {
	p, err := fake.New(e.cloud, fake.Options{ClusterID: "test"})
	if err != nil {
		e.t.Fatal(err)
	}
	o := Options{Provider: p, ControllerName: "headgate.io/fake", Workers: 4}
	for _, s := range settings {
		s(&o, &fake.CloudOptions{})
	}
	if o, err = o.complete(); err != nil {
		e.t.Fatal(err)
	}
	e.provider = o.Provider
	e.c = newController(o, e.recording(), e.events, slog.New(slog.DiscardHandler))
}

// start starts the controller: discovery and workers, after all objects were listed.
func (e *env) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	balancers, err := ctrl.NewTypedUnmanaged("test", unnamed(e.c.balancerOptions(logr.Discard())))
	if err != nil {
		e.t.Fatal(err)
	}
	pods, err := ctrl.NewTypedUnmanaged("test-gates", unnamed(e.c.podOptions(logr.Discard())))
	if err != nil {
		e.t.Fatal(err)
	}
	e.list()
	all.Go(func() { _ = e.c.discovery.start(ctx) })
	all.Go(func() { _ = balancers.Start(ctx) })
	all.Go(func() { _ = pods.Start(ctx) })
	e.stop = func() { cancel(); all.Wait() }
}

// unnamed permits several controllers of one name in a process.
func unnamed[T comparable](o ctrl.TypedOptions[T]) ctrl.TypedOptions[T] {
	skip := true
	o.SkipNameValidation = &skip
	return o
}

// restart stops the process and starts another.
func (e *env) restart(settings ...setting) {
	e.stop()
	e.renew(settings...)
	e.start()
	e.wait(time.Minute)
}

// wait waits in virtual time.
func (e *env) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// loadBalancers returns the names of the load balancers in the cloud.
func (e *env) loadBalancers() []string {
	var out []string
	for k := range e.cloud.Snapshot() {
		if name, ok := strings.CutPrefix(k, "LoadBalancer/"); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// members returns the addresses that are registered in the cloud, of all groups.
func (e *env) members(id model.ID) []string {
	e.t.Helper()
	rs, err := e.provider.Observe(context.Background(), provider.Scope{LoadBalancers: []model.ID{id}})
	if err != nil {
		e.t.Fatal(err)
	}
	var out []string
	for _, r := range rs {
		if r.Member {
			for _, ep := range provider.ExtensionsOf(e.provider).Health.Registered(r) {
				out = append(out, ep.AddrPort().String())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (e *env) cloudWrites() int {
	n := 0
	for _, c := range e.cloud.Calls() {
		if c.Write {
			n++
		}
	}
	return n
}
