package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"
)

// patience is how long a test waits for something that takes milliseconds on an idle machine.
const patience = time.Minute

// eventually calls check until it returns nil, and fails the test with the last error when patience
// runs out. Polling is the only way to observe the work of another process.
func eventually(t *testing.T, what string, ask func(ctx context.Context) error) {
	t.Helper()
	within(t, patience, pause, what, ask)
}

// pause is the time between two checks.
const pause = 20 * time.Millisecond

// within is eventually with other limits.
func within(t *testing.T, patience, pause time.Duration, what string, ask func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		case <-ticker.C:
		}
	}
}

// never calls check for as long as d, and fails the test as soon as it returns an error.
func never(t *testing.T, what string, d time.Duration, ask func(ctx context.Context) error) {
	t.Helper()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for end := time.After(d); ; {
		if err := ask(t.Context()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-end:
			return
		case <-ticker.C:
		}
	}
}

// namespace creates a namespace that is deleted, with everything in it, at the end of the test.
func (e *environment) namespace(t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	ns, err := e.client.CoreV1().Namespaces().Create(t.Context(), ns, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := e.client.CoreV1().Namespaces().Delete(ctx, ns.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			t.Error(err)
		}
	})
	return ns.Name
}

// workload creates a Deployment of the echo image and a Service of the same name.
func (e *environment) workload(t *testing.T, ns, name string, replicas int32, change func(*corev1.PodSpec)) {
	t.Helper()
	e.service(t, ns, name)
	e.deployment(t, ns, name, replicas, change)
}

// service creates a Service for the pods of the Deployment of the same name.
func (e *environment) service(t *testing.T, ns, name string) {
	t.Helper()
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.ServiceSpec{
			Selector: labelsOf(name),
			Ports:    []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
		},
	}
	if _, err := e.client.CoreV1().Services(ns).Create(t.Context(), service, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// deployment creates a Deployment whose rolling updates add up to a quarter more pods at a time,
// and never go below the wanted number.
func (e *environment) deployment(t *testing.T, ns, name string, replicas int32, change func(*corev1.PodSpec)) {
	t.Helper()
	none, quarter := intstr.FromInt32(0), intstr.FromString("25%")
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labelsOf(name)},
			Template: template(name, change),
			Strategy: appsv1.DeploymentStrategy{
				RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: &none, MaxSurge: &quarter},
			},
		},
	}
	if _, err := e.client.AppsV1().Deployments(ns).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func labelsOf(name string) map[string]string { return map[string]string{"app": name} }

// template returns a pod template with one container of the echo image, modified by the test.
func template(name string, change func(*corev1.PodSpec)) corev1.PodTemplateSpec {
	pod := corev1.PodSpec{Containers: []corev1.Container{{
		Name: "echo", Image: "headgate.io/echo:v1",
		Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		ReadinessProbe: &corev1.Probe{
			ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
				Path: "/healthz", Port: intstr.FromString("http"),
			}},
			PeriodSeconds: 1, FailureThreshold: 1,
		},
	}}}
	if change != nil {
		change(&pod)
	}
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labelsOf(name)}, Spec: pod}
}

// endpoints returns the endpoints of a Service by address.
func (e *environment) endpoints(ctx context.Context, ns, service string) (map[string]discoveryv1.Endpoint, error) {
	slices, err := e.client.DiscoveryV1().EndpointSlices(ns).List(ctx, metav1.ListOptions{
		LabelSelector: discoveryv1.LabelServiceName + "=" + service,
	})
	if err != nil {
		return nil, err
	}
	out := map[string]discoveryv1.Endpoint{}
	for _, slice := range slices.Items {
		for _, ep := range slice.Endpoints {
			out[ep.Addresses[0]] = ep
		}
	}
	return out, nil
}

// awaitReady returns the endpoints of a Service once there are n, all ready.
func (e *environment) awaitReady(t *testing.T, ns, service string, n int) map[string]discoveryv1.Endpoint {
	t.Helper()
	var got map[string]discoveryv1.Endpoint
	eventually(t, fmt.Sprintf("%d endpoints of %s ready", n, service), func(ctx context.Context) error {
		var err error
		if got, err = e.endpoints(ctx, ns, service); err != nil {
			return err
		}
		ready := 0
		for _, ep := range got {
			if *ep.Conditions.Ready {
				ready++
			}
		}
		if ready != n || len(got) != n {
			return fmt.Errorf("%d endpoints, %d ready", len(got), ready)
		}
		return nil
	})
	return got
}

// reply is the answer of the echo program.
type reply struct {
	Pod, Namespace, Node, IP, Path string
}

// get sends a request to a pod over a new connection.
func get(ctx context.Context, url string) (reply, error) {
	return ask(ctx, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, url, "")
}

// ask sends a GET, and returns an error for any status but 200. It times out after some seconds, as
// an interactive client would.
func ask(ctx context.Context, client *http.Client, url, host string) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return reply{}, err
	}
	req.Host = host
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return reply{}, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	var r reply
	return r, json.NewDecoder(resp.Body).Decode(&r)
}

// setHealth sets the status with which a pod's echo program answers health checks.
func setHealth(t *testing.T, ip string, status int) {
	t.Helper()
	url := fmt.Sprintf("http://%s:8080/healthz?status=%d", ip, status)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
}

// revise updates an object, again after a conflict.
func revise[T any](
	t *testing.T, name string, get func(context.Context, string, metav1.GetOptions) (*T, error),
	update func(context.Context, *T, metav1.UpdateOptions) (*T, error), change func(*T),
) {
	t.Helper()
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		o, err := get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		change(o)
		_, err = update(t.Context(), o, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// scale sets the number of pods.
func scale(ctx context.Context, client kubernetes.Interface, ns, name string, n int32) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		s, err := client.AppsV1().Deployments(ns).GetScale(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		s.Spec.Replicas = n
		_, err = client.AppsV1().Deployments(ns).UpdateScale(ctx, name, s, metav1.UpdateOptions{})
		return err
	})
}
