package e2e_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// replicas is how many pods are replaced under load.
const replicas = 20

// careful configures a pod as the rollout guide recommends: it serves until the load balancer has
// deregistered it.
func careful(p *corev1.PodSpec) {
	grace := int64(30)
	p.TerminationGracePeriodSeconds = &grace
	p.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 6}}}
}

// careless configures a pod that drops everything on SIGTERM.
func careless(p *corev1.PodSpec) {
	p.Containers[0].Env = append(p.Containers[0].Env, corev1.EnvVar{Name: "ON_TERM", Value: "die"})
}

func TestRollingUpdateLosesNoRequest(t *testing.T) {
	onEachCloud(t, func(t *testing.T, s *stage) {
		s.run(t, append(s.webhook(t), "--leader-elect=false")...)
		s.service(t, s.ns, "shop")
		s.ingress(t, "front", "shop")
		s.awaitGates(t, "shop")
		s.deployment(t, s.ns, "shop", replicas, careful)
		sent, failures := s.rollOut(t, careful)
		t.Logf("%d requests, %d failures", sent, len(failures))
		for _, f := range failures {
			t.Error(f)
		}
		s.retire(t, "front")
	})
}

// Without gates and grace, requests fail, which shows that the other test proves something.
func TestRollingUpdateWithoutGatesOrGraceLosesRequests(t *testing.T) {
	onEachCloud(t, func(t *testing.T, s *stage) {
		s.run(t, "--leader-elect=false")
		s.service(t, s.ns, "shop")
		s.ingress(t, "front", "shop")
		s.deployment(t, s.ns, "shop", replicas, careless)
		sent, failures := s.rollOut(t, careless)
		t.Logf("%d requests, %d failures", sent, len(failures))
		if len(failures) == 0 {
			t.Error("no request failed")
		}
		s.retire(t, "front")
	})
}

// rollOut replaces all pods with ones of a second version while clients send requests, and returns
// the results.
func (s *stage) rollOut(t *testing.T, change func(*corev1.PodSpec)) (sent int, failures []error) {
	t.Helper()
	s.awaitServing(t, "front", "/", "shop", replicas)
	address, err := s.address(t.Context(), "front")
	if err != nil {
		t.Fatal(err)
	}
	stop := s.load(t, address, &sent, &failures)
	s.release(t, change)
	s.awaitReleased(t)
	s.awaitServing(t, "front", "/", "shop", replicas)
	stop()
	return sent, failures
}

// load starts clients that each send one request after another until stop is called. Then the
// results are complete.
func (s *stage) load(t *testing.T, address string, sent *int, failures *[]error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				// A request in flight completes, so that stopping the test fails none.
				_, err := s.sendTo(context.WithoutCancel(ctx), address, "front", "/?delay=20ms")
				mu.Lock()
				*sent++
				if err != nil {
					*failures = append(*failures, err)
				}
				mu.Unlock()
			}
		})
	}
	return func() {
		cancel()
		clients.Wait()
	}
}

// release changes the Deployment's pods.
func (s *stage) release(t *testing.T, change func(*corev1.PodSpec)) {
	t.Helper()
	deployments := s.client.AppsV1().Deployments(s.ns)
	revise(t, "shop", deployments.Get, deployments.Update, func(d *appsv1.Deployment) {
		d.Spec.Template = template("shop", func(p *corev1.PodSpec) {
			p.Containers[0].Env = append(p.Containers[0].Env, corev1.EnvVar{Name: "VERSION", Value: "2"})
			change(p)
		})
	})
}

// awaitReleased waits until every pod is of the new version, and the old ones are gone.
func (s *stage) awaitReleased(t *testing.T) {
	t.Helper()
	eventually(t, "the rollout is through", func(ctx context.Context) error {
		d, err := s.client.AppsV1().Deployments(s.ns).Get(ctx, "shop", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if n := d.Status; n.ObservedGeneration < d.Generation || n.UpdatedReplicas != replicas || n.AvailableReplicas != replicas || n.Replicas != replicas {
			return fmt.Errorf("%d updated, %d available of %d pods", n.UpdatedReplicas, n.AvailableReplicas, n.Replicas)
		}
		pods, err := s.client.CoreV1().Pods(s.ns).List(ctx, metav1.ListOptions{})
		if err == nil && len(pods.Items) != replicas {
			return fmt.Errorf("%d pods", len(pods.Items))
		}
		return err
	})
}
