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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	clientfake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	ctrl "sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

const className = "edge"

// env is a cluster of objects, a cloud, and a controller between them whose workers and queue are
// the real ones. It lives in a bubble of synctest.
type env struct {
	t       *testing.T
	objects client.Client
	cloud   *fake.Cloud
	c       *controller
	events  *eventLog
	writes  *writeLog
	between atomic.Pointer[func()] // runs once, after the controller has next read slices
	stop    func()
}

type eventLog struct {
	mu  sync.Mutex
	all []string
}

func (l *eventLog) Eventf(regarding, _ runtime.Object, _, reason, _, note string, args ...any) {
	o := regarding.(client.Object) //nolint:forcetypeassert // a test
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf("%s %s: %s", nameOf(o), reason, fmt.Sprintf(note, args...)))
}

func (l *eventLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.all
	l.all = nil
	return out
}

// writeLog is the writes to the API server, and a way to make them fail.
type writeLog struct {
	mu   sync.Mutex
	all  []string
	fail func(verb string, o client.Object) error
}

func (l *writeLog) note(verb string, o client.Object) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf("%s %T %s", verb, o, nameOf(o)))
	if l.fail != nil {
		return l.fail(verb, o)
	}
	return nil
}

func (l *writeLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.all
	l.all = nil
	return out
}

// setting changes how an env is made.
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

// renew makes a controller as a new process does: it knows nothing.
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
	e.c = newController(o, e.recording(), e.events, slog.New(slog.DiscardHandler))
}

// recording is the client of the controller: its writes are seen, and come back as events.
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

// read is the object as it is stored; nil when it is gone.
func (e *env) read(o client.Object) client.Object {
	e.t.Helper()
	c, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		e.t.Fatalf("%T is no object", o)
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

// dispatch hands a change to the handlers that watch its kind, as informers do.
func (e *env) dispatch(ch change) {
	if ch.before == nil && ch.now == nil {
		return
	}
	for _, w := range e.c.watches() {
		if fmt.Sprintf("%T", w.object) == fmt.Sprintf("%T", ch.object()) {
			w.handler(context.Background(), ch)
		}
	}
	if p, ok := ch.now.(*corev1.Pod); ok && len(unmetGates(p)) > 0 {
		e.c.pods.now(client.ObjectKeyFromObject(p))
	}
}

// start runs the controller: discovery and workers, after all objects have been listed.
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
	all.Go(func() { _ = e.c.discover(ctx) })
	all.Go(func() { _ = balancers.Start(ctx) })
	all.Go(func() { _ = pods.Start(ctx) })
	e.stop = func() { cancel(); all.Wait() }
}

// unnamed lets several controllers of one name live in one process.
func unnamed[T comparable](o ctrl.TypedOptions[T]) ctrl.TypedOptions[T] {
	skip := true
	o.SkipNameValidation = &skip
	return o
}

// list hands every stored object to the handlers as the initial list does.
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

// restart ends the process and begins another.
func (e *env) restart(settings ...setting) {
	e.stop()
	e.renew(settings...)
	e.start()
	e.wait(time.Minute)
}

// put creates or changes objects, and lets the controller see it.
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

// remove deletes objects; what has a finalizer stays until that is gone.
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

// wait lets virtual time pass.
func (e *env) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// loadBalancers is the names of the load balancers that the cloud holds.
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

// members is the addresses that the cloud has registered, of all groups.
func (e *env) members(id model.ID) []string {
	e.t.Helper()
	rs, err := e.c.o.Provider.Observe(context.Background(), provider.Scope{LoadBalancers: []model.ID{id}})
	if err != nil {
		e.t.Fatal(err)
	}
	var out []string
	for _, r := range rs {
		if r.Member {
			for _, ep := range provider.ExtensionsOf(e.c.o.Provider).Health.Registered(r) {
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

// The objects of tests.

func class() *networkingv1.IngressClass {
	return &networkingv1.IngressClass{ObjectMeta: metav1.ObjectMeta{Name: className}, Spec: networkingv1.IngressClassSpec{Controller: "headgate.io/fake"}}
}

func ingress(name string, services ...string) *networkingv1.Ingress {
	prefix, class := networkingv1.PathTypePrefix, className
	i := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1}}
	i.Spec.IngressClassName = &class
	for _, s := range services {
		i.Spec.Rules = append(i.Spec.Rules, networkingv1.IngressRule{Host: s + "." + name + ".example", IngressRuleValue: networkingv1.IngressRuleValue{
			HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Path: "/", PathType: &prefix,
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: s, Port: networkingv1.ServiceBackendPort{Number: 80}}}}}}}})
	}
	return i
}

func service(name string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: corev1.ServiceSpec{Selector: map[string]string{"app": name}, Ports: []corev1.ServicePort{{Port: 80}}}}
}

// slice has an endpoint for each last byte of an address; a negative one is not ready.
func slice(service string, ips ...int) *discoveryv1.EndpointSlice {
	port := int32(8080)
	s := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "shop", Name: service + "-1", Labels: map[string]string{discoveryv1.LabelServiceName: service}},
		AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Port: &port}},
	}
	for _, ip := range ips {
		ready, zone := ip > 0, "a"
		ip = max(ip, -ip)
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{fmt.Sprintf("10.0.0.%d", ip)}, Zone: &zone, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: fmt.Sprintf("%s-%d", service, ip)},
		})
	}
	return s
}
