package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/internal/e2e/process"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// fleet is many Ingresses in one namespace. Their pods are only objects of the API server, on a
// node that does not exist.
type fleet struct {
	*stage
	aws      *awstest.Server
	size     size
	profiles string
	running  *process.Process
	given    int // number of endpoint addresses used so far
}

// abreast is how many clients create objects at a time.
const abreast = 8

// create creates all objects.
func (f *fleet) create(t *testing.T) {
	t.Helper()
	f.node(t)
	todo := make(chan int)
	var makers sync.WaitGroup
	for range abreast {
		makers.Go(func() {
			for i := range todo {
				if err := f.createOne(t.Context(), i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range f.size.ingresses {
		todo <- i
	}
	close(todo)
	makers.Wait()
	if t.Failed() {
		t.FailNow()
	}
	f.given = f.size.ingresses * f.size.endpoints
}

func (f *fleet) createOne(ctx context.Context, i int) error {
	if _, err := f.client.CoreV1().Services(f.ns).Create(ctx, f.serviceOf(i), metav1.CreateOptions{}); err != nil {
		return err
	}
	slice := f.sliceOf(i)
	for _, e := range slice.Endpoints {
		if err := f.createPod(ctx, e.TargetRef.Name); err != nil {
			return err
		}
	}
	if _, err := f.client.DiscoveryV1().EndpointSlices(f.ns).Create(ctx, slice, metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := f.client.NetworkingV1().Ingresses(f.ns).Create(ctx, f.ingressOf(i), metav1.CreateOptions{})
	return err
}

// node creates the Node that the pods are bound to. Without it the control plane would
// garbage-collect them.
func (f *fleet) node(t *testing.T) {
	t.Helper()
	nodes := f.client.CoreV1().Nodes()
	if _, err := nodes.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: f.ns}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nodes.Delete(context.Background(), f.ns, metav1.DeleteOptions{}) })
}

// createPod creates a pod that disappears as soon as it is deleted, since no kubelet terminates it.
func (f *fleet) createPod(ctx context.Context, name string) error {
	none := int64(0)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: template(name, func(p *corev1.PodSpec) {
		p.NodeName, p.TerminationGracePeriodSeconds = f.ns, &none
	}).Spec}
	_, err := f.client.CoreV1().Pods(f.ns).Create(ctx, pod, metav1.CreateOptions{})
	return err
}

func nameOf(i int) string { return fmt.Sprintf("web-%04d", i) }

// serviceOf returns a Service without a selector, so that only the test creates its slices.
func (f *fleet) serviceOf(i int) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: nameOf(i)},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	}
}

func (f *fleet) sliceOf(i int) *discoveryv1.EndpointSlice {
	name, port := "http", int32(8080)
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: nameOf(i), Labels: map[string]string{discoveryv1.LabelServiceName: nameOf(i)},
		},
		AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
	}
	for e := range f.size.endpoints {
		if i == changed && e == 0 {
			continue // There must be room for a second address.
		}
		slice.Endpoints = append(slice.Endpoints, f.endpointAt(i*f.size.endpoints+e))
	}
	return slice
}

// changed is the Service whose endpoints change.
const changed = 0

// endpointAt returns the n-th endpoint, ready. Consecutive ones are in the three zones in turn; the
// subnets of a fresh account begin at 10.0.0.0, 10.0.64.0 and 10.0.128.0.
func (f *fleet) endpointAt(n int) discoveryv1.Endpoint {
	ready, at, zone := true, n/len(zones)+1, n%len(zones)
	address := netip.AddrFrom4([4]byte{10, 0, byte(zone*64 + at>>8), byte(at)})
	return discoveryv1.Endpoint{
		Addresses: []string{address.String()}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}, Zone: &zones[zone],
		TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: f.ns, Name: fmt.Sprintf("pod-%05d", n)},
	}
}

func (f *fleet) ingressOf(i int) *networkingv1.Ingress {
	prefix := networkingv1.PathTypePrefix
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{
			Name: nameOf(i), Annotations: map[string]string{"headgate.io/group": fmt.Sprintf("group-%02d", i/f.size.group)},
		},
		Spec: networkingv1.IngressSpec{
			IngressClassName: &f.ns,
			Rules: []networkingv1.IngressRule{{
				Host: nameOf(i) + ".example.com",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
					Paths: []networkingv1.HTTPIngressPath{{
						Path: "/", PathType: &prefix,
						Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
							Name: nameOf(i), Port: networkingv1.ServiceBackendPort{Name: "http"},
						}},
					}},
				}},
			}},
		},
	}
}

// bringUp starts the controller and waits until everything is programmed and every Ingress has an
// address.
func (f *fleet) bringUp(t *testing.T) phase {
	t.Helper()
	return f.phase(t, "start", func() {
		f.running = f.run(t, f.flags()...)
		f.seldom(t, "all programmed", func(context.Context) error { return f.programmed(t) })
		f.seldom(t, "every Ingress has an address", f.published)
		f.seldom(t, "the controller rests", f.rests)
	})
}

// restart stops the controller gracefully, and waits until a new one has reconciled everything.
func (f *fleet) restart(t *testing.T) phase {
	t.Helper()
	if err := f.running.Stop(patience); err != nil {
		t.Fatal(err)
	}
	p := f.phase(t, "restart", func() {
		f.running = f.run(t, f.flags()...)
		f.seldom(t, "the controller rests", f.rests)
	})
	if p.writes > 0 {
		t.Errorf("a restart with nothing to do makes %d writes: %v", p.writes, f.Wire().Writes())
	}
	f.heap(t) // After the memory figures: it collects garbage first.
	return p
}

// tearDown deletes all Ingresses, and waits until nothing of them is left.
func (f *fleet) tearDown(t *testing.T) phase {
	t.Helper()
	ingresses := f.client.NetworkingV1().Ingresses(f.ns)
	p := f.phase(t, "end", func() {
		if err := ingresses.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
		f.seldom(t, "the Ingresses are gone", func(ctx context.Context) error {
			left, err := ingresses.List(ctx, metav1.ListOptions{Limit: 1})
			if err == nil && len(left.Items) > 0 {
				err = fmt.Errorf("%s is left", left.Items[0].Name)
			}
			return err
		})
	})
	if err := unequal(f.fresh, f.Snapshot()); err != nil {
		t.Errorf("the account: %v", err)
	}
	if err := f.running.Stop(patience); err != nil {
		t.Fatal(err)
	}
	return p
}

// programmed returns nil if the account has a rule for each Ingress and a target for each endpoint.
func (f *fleet) programmed(t *testing.T) error {
	t.Helper()
	rules, targets := 0, 0
	for name, text := range f.Snapshot() {
		switch kind, _, _ := strings.Cut(name, "/"); {
		case kind == "Rule" && !strings.HasSuffix(name, "/default"):
			rules++
		case kind == "TargetGroup":
			var group struct{ Targets []any }
			if err := json.Unmarshal([]byte(text), &group); err != nil {
				t.Fatal(err)
			}
			targets += len(group.Targets)
		}
	}
	if rules != f.size.ingresses || targets != f.size.total() {
		return fmt.Errorf("%d of %d rules, %d of %d targets", rules, f.size.ingresses, targets, f.size.total())
	}
	return nil
}

func (f *fleet) published(ctx context.Context) error {
	all, err := f.client.NetworkingV1().Ingresses(f.ns).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, i := range all.Items {
		if len(i.Status.LoadBalancer.Ingress) == 0 {
			return fmt.Errorf("%s has none", i.Name)
		}
	}
	return nil
}

// change replaces one endpoint by another repeatedly. It returns the times until the call reached
// the cloud, and until the API server had stored the change.
func (f *fleet) change(t *testing.T) (observed, written times) {
	t.Helper()
	slices := f.client.DiscoveryV1().EndpointSlices(f.ns)
	slice, err := slices.Get(t.Context(), nameOf(changed), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	end := f.profile(t, "changes")
	for range f.size.changes {
		slice.Endpoints[0] = f.endpointAt(f.given)
		f.given++
		if err := f.createPod(t.Context(), slice.Endpoints[0].TargetRef.Name); err != nil {
			t.Fatal(err)
		}
		f.Wire().Reset()
		begun := time.Now()
		if slice, err = slices.Update(t.Context(), slice, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		written = append(written, time.Since(begun))
		observed = append(observed, f.call(t, "RegisterTargets").Sub(begun))
		f.call(t, "DeregisterTargets")
		// A change within the window of the last one would wait for the end of the window.
		<-time.After(settled)
	}
	end()
	return observed, written
}

// settled is longer than the controller's window.
const settled = 600 * time.Millisecond

// call waits for a call to the cloud, and returns the time at which it arrived.
func (f *fleet) call(t *testing.T, api string) time.Time {
	t.Helper()
	limit := time.After(patience)
	for {
		news := f.aws.Changed()
		for _, c := range f.Wire().Writes() {
			if c.API == api {
				return c.At
			}
		}
		select {
		case <-news:
		case <-limit:
			t.Fatalf("%s: not within %v", api, patience)
		}
	}
}
