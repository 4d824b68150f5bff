package controller

import (
	"context"
	"fmt"
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
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	clientfake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
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
	p, err := fake.New(e.cloud, fake.Options{Cluster: "test"})
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

// recording returns the client of the controller. Its writes are recorded, and come back as watch
// events.
func (e *env) recording() client.Client {
	under, ok := e.objects.(client.WithWatch)
	if !ok {
		e.t.Fatal("the client cannot be watched")
	}
	return interceptor.NewClient(under, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
			err := c.List(ctx, l, opts...)
			if _, ok := l.(*discoveryv1.EndpointSliceList); ok {
				if then := e.between.Swap(nil); then != nil {
					(*then)()
				}
			}
			return err
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			return e.written("patch", o, func() error { return c.Patch(ctx, o, p, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return e.written("patch "+sub, o, func() error { return c.SubResource(sub).Patch(ctx, o, p, opts...) })
		},
	})
}

func (e *env) written(verb string, o client.Object, do func() error) error {
	if err := e.writes.note(verb, o); err != nil {
		return err
	}
	before := e.read(o)
	if err := do(); err != nil {
		return err
	}
	e.dispatch(change{before: before, now: e.read(o)})
	return nil
}

// read returns the object as it is stored, or nil if it does not exist.
func (e *env) read(o client.Object) client.Object {
	e.t.Helper()
	c, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		e.t.Fatalf("%T is not an object", o)
	}
	err := e.objects.Get(context.Background(), client.ObjectKeyFromObject(o), c)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// dispatch passes a change to the handlers of its kind, as informers do.
func (e *env) dispatch(ch change) {
	if ch.before == nil && ch.now == nil {
		return
	}
	for _, w := range e.c.watcher.watches() {
		if fmt.Sprintf("%T", w.object) == fmt.Sprintf("%T", ch.object()) {
			w.handler(context.Background(), ch)
		}
	}
	if p, ok := ch.now.(*corev1.Pod); ok && len(unmetGates(p)) > 0 {
		e.c.pods.now(client.ObjectKeyFromObject(p))
	}
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

// list passes every stored object to the handlers, as the initial list does.
func (e *env) list() {
	for _, l := range []client.ObjectList{&networkingv1.IngressClassList{}, &networkingv1.IngressList{}, &corev1.ServiceList{},
		&discoveryv1.EndpointSliceList{}, &corev1.PodList{}, &corev1.NodeList{}, &corev1.SecretList{}} {
		if err := e.objects.List(context.Background(), l); err != nil {
			e.t.Fatal(err)
		}
		for _, o := range itemsOf(l) {
			e.dispatch(change{now: o, listed: true})
		}
	}
}

func itemsOf(l client.ObjectList) []client.Object {
	var out []client.Object
	switch l := l.(type) {
	case *networkingv1.IngressClassList:
		out = pointers(l.Items)
	case *networkingv1.IngressList:
		out = pointers(l.Items)
	case *corev1.ServiceList:
		out = pointers(l.Items)
	case *discoveryv1.EndpointSliceList:
		out = pointers(l.Items)
	case *corev1.PodList:
		out = pointers(l.Items)
	case *corev1.NodeList:
		out = pointers(l.Items)
	case *corev1.SecretList:
		out = pointers(l.Items)
	}
	return out
}

func pointers[T any, P object[T]](items []T) []client.Object {
	out := make([]client.Object, len(items))
	for i := range items {
		out[i] = P(&items[i])
	}
	return out
}

// restart stops the process and starts another.
func (e *env) restart(settings ...setting) {
	e.stop()
	e.renew(settings...)
	e.start()
	e.wait(time.Minute)
}

// put creates or updates objects and dispatches the change.
func (e *env) put(objects ...client.Object) {
	e.t.Helper()
	for _, o := range objects {
		before, err := e.store(o)
		for apierrors.IsConflict(err) { // the controller was faster
			before, err = e.store(o)
		}
		if err != nil {
			e.t.Fatal(err)
		}
		e.dispatch(change{before: before, now: e.read(o)})
	}
}

func (e *env) store(o client.Object) (before client.Object, err error) {
	before = e.read(o)
	if before == nil {
		o.SetResourceVersion("")
		return nil, e.objects.Create(context.Background(), o)
	}
	o.SetResourceVersion(before.GetResourceVersion())
	o.SetFinalizers(before.GetFinalizers())
	o.SetGeneration(before.GetGeneration() + 1)
	return before, e.objects.Update(context.Background(), o)
}

// remove deletes objects. Those with a finalizer stay until it is removed.
func (e *env) remove(objects ...client.Object) {
	e.t.Helper()
	for _, o := range objects {
		before := e.read(o)
		if err := e.objects.Delete(context.Background(), o); err != nil {
			e.t.Fatal(err)
		}
		e.dispatch(change{before: before, now: e.read(o)})
	}
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
