package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDeploymentsBecomeReady(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "shop", 3, nil)

	zones, pods := map[string]bool{}, map[string]bool{}
	for ip, ep := range e.awaitReady(t, ns, "shop", 3) {
		got, err := get(t.Context(), "http://"+ip+":8080/cart")
		if err != nil {
			t.Fatal(err)
		}
		want := reply{Pod: ep.TargetRef.Name, Namespace: ns, Node: *ep.NodeName, IP: ip, Path: "/cart"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the pod at %s answers (-want +got):\n%s", ip, diff)
		}
		zones[*ep.Zone], pods[got.Pod] = true, true
	}
	if len(zones) != 3 || len(pods) != 3 {
		t.Errorf("3 pods are spread over %d zones, and %d answered", len(zones), len(pods))
	}
}

func TestDeletedNamespacesLeaveNothingRunning(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "shop", 2, nil)
	ips := e.awaitReady(t, ns, "shop", 2)
	if err := e.client.CoreV1().Namespaces().Delete(t.Context(), ns, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace is gone", func(ctx context.Context) error {
		_, err := e.client.CoreV1().Namespaces().Get(ctx, ns, metav1.GetOptions{})
		return absent(err)
	})
	for ip := range ips {
		if r, err := get(t.Context(), "http://"+ip+":8080/"); err == nil {
			t.Errorf("%s still answers: %+v", ip, r)
		}
	}
}

// absent returns nil if err reports that an object does not exist.
func absent(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err == nil {
		return errors.New("it is there")
	}
	return err
}

func TestSlicesListTerminatingPods(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "shop", 2, func(p *corev1.PodSpec) {
		p.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 2}}}
	})
	ip, victim := one(e.awaitReady(t, ns, "shop", 2))
	inFlight := make(chan error, 1)
	go func() {
		_, err := get(t.Context(), "http://"+ip+":8080/?delay=3s") // It ends after SIGTERM.
		inFlight <- err
	}()
	if err := e.client.CoreV1().Pods(ns).Delete(t.Context(), victim.TargetRef.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the endpoint serves while it terminates", func(ctx context.Context) error {
		eps, err := e.endpoints(ctx, ns, "shop")
		if err != nil {
			return err
		}
		c := eps[ip].Conditions
		if c.Terminating == nil || !*c.Terminating || !*c.Serving || *c.Ready {
			return fmt.Errorf("its conditions: %v", c)
		}
		return nil
	})
	if _, err := get(t.Context(), "http://"+ip+":8080/"); err != nil {
		t.Errorf("a pod in its preStop hook: %v", err)
	}
	if err := <-inFlight; err != nil {
		t.Errorf("a request in flight at SIGTERM: %v", err)
	}
	eventually(t, "the endpoint is gone and replaced", func(ctx context.Context) error {
		eps, err := e.endpoints(ctx, ns, "shop")
		if _, there := eps[ip]; err == nil && (there || len(eps) != 2) {
			return fmt.Errorf("%d endpoints", len(eps))
		}
		return err
	})
}

// one returns any of the endpoints.
func one(eps map[string]discoveryv1.Endpoint) (string, discoveryv1.Endpoint) {
	for ip, ep := range eps {
		return ip, ep
	}
	return "", discoveryv1.Endpoint{}
}

func TestGraceEndsWithKill(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	grace := int64(3)
	e.workload(t, ns, "stubborn", 1, func(p *corev1.PodSpec) {
		p.TerminationGracePeriodSeconds = &grace
		p.Containers[0].Env = []corev1.EnvVar{{Name: "ON_TERM", Value: "serve"}}
	})
	ip, ep := one(e.awaitReady(t, ns, "stubborn", 1))
	begin := time.Now()
	if err := e.client.CoreV1().Pods(ns).Delete(t.Context(), ep.TargetRef.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process is killed", func(ctx context.Context) error {
		if _, err := get(ctx, "http://"+ip+":8080/"); err == nil {
			return errors.New("it answers")
		}
		return nil
	})
	if took := time.Since(begin); took < 2900*time.Millisecond {
		t.Errorf("a program that ignores SIGTERM ended after %v of 3s of grace", took)
	}
}

func TestReadinessProbesAreSent(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "shop", 1, nil)
	ip, _ := one(e.awaitReady(t, ns, "shop", 1))
	setHealth(t, ip, 503)
	eventually(t, "an unready endpoint", func(ctx context.Context) error {
		eps, err := e.endpoints(ctx, ns, "shop")
		if err == nil && *eps[ip].Conditions.Ready {
			return errors.New("it is ready")
		}
		return err
	})
	setHealth(t, ip, 200)
	e.awaitReady(t, ns, "shop", 1)
}

func TestReadinessGatesDelayPods(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	const gate = "headgate.io/test"
	e.workload(t, ns, "shop", 1, func(p *corev1.PodSpec) {
		p.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: gate}}
	})
	var pod corev1.Pod
	eventually(t, "the containers are ready", func(ctx context.Context) error {
		pods, err := e.client.CoreV1().Pods(ns).List(ctx, metav1.ListOptions{})
		if err != nil || len(pods.Items) != 1 {
			return fmt.Errorf("%d pods: %w", len(pods.Items), err)
		}
		pod = pods.Items[0]
		return hasCondition(pod, corev1.ContainersReady, corev1.ConditionTrue)
	})
	if err := hasCondition(pod, corev1.PodReady, corev1.ConditionFalse); err != nil {
		t.Errorf("before the gate is open: %v", err)
	}
	pods := e.client.CoreV1().Pods(ns)
	revise(t, pod.Name, pods.Get, pods.UpdateStatus, func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: gate, Status: corev1.ConditionTrue})
	})
	e.awaitReady(t, ns, "shop", 1)
	after, err := e.client.CoreV1().Pods(ns).Get(t.Context(), pod.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := hasCondition(*after, gate, corev1.ConditionTrue); err != nil {
		t.Errorf("the gate's own condition does not survive the node's writes: %v", err)
	}
}

// hasCondition returns nil if the pod has a condition with that status.
func hasCondition(pod corev1.Pod, kind corev1.PodConditionType, want corev1.ConditionStatus) error {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind && c.Status == want {
			return nil
		}
	}
	return fmt.Errorf("%s is not %s: %v", kind, want, pod.Status.Conditions)
}

func TestUnknownImagesStayPending(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "alien", 1, func(p *corev1.PodSpec) { p.Containers[0].Image = "example.com/alien:v1" })
	eventually(t, "the pod says why it does not run", func(ctx context.Context) error {
		pods, err := e.client.CoreV1().Pods(ns).List(ctx, metav1.ListOptions{})
		if err != nil || len(pods.Items) != 1 {
			return fmt.Errorf("%d pods: %w", len(pods.Items), err)
		}
		if s := pods.Items[0].Status; s.Phase != corev1.PodPending || s.Reason != "Unsupported" {
			return fmt.Errorf("%s %s", s.Phase, s.Reason)
		}
		return nil
	})
}
