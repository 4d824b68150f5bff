package e2e_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAPIServerRestart(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "shop", 2, nil)
	before := e.awaitReady(t, ns, "shop", 2)
	if err := e.cluster.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	if err := scale(t.Context(), e.client, ns, "shop", 3); err == nil {
		t.Error("a stopped API server accepts a write")
	}
	for ip := range before {
		if _, err := get(t.Context(), "http://"+ip+":8080/"); err != nil {
			t.Errorf("a pod while the API server is away: %v", err)
		}
	}
	if err := e.cluster.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := scale(t.Context(), e.client, ns, "shop", 3); err != nil {
		t.Fatal(err)
	}
	after := e.awaitReady(t, ns, "shop", 3)
	for ip, ep := range before {
		if after[ip].TargetRef == nil || after[ip].TargetRef.UID != ep.TargetRef.UID {
			t.Errorf("the pod at %s did not outlive the restart", ip)
		}
	}
	pods, err := e.client.CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pods.Items {
		if n := p.Status.ContainerStatuses[0].RestartCount; n != 0 {
			t.Errorf("%s was restarted %d times", p.Name, n)
		}
	}
}
