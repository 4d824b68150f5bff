package controller

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

func read(t *testing.T, file string) kube.Objects {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // a file of this repository
	if err != nil {
		t.Fatal(err)
	}
	var o kube.Objects
	if _, err := manifest.Decode(file, text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// reduced applies the transforms of the cache to every object.
func reduced(t *testing.T, o kube.Objects) kube.Objects {
	t.Helper()
	transform(t, o.Ingresses, transformMeta)
	transform(t, o.IngressClasses, transformMeta)
	transform(t, o.Services, transformMeta)
	transform(t, o.EndpointSlices, transformSlice)
	transform(t, o.Pods, transformPod)
	transform(t, o.Nodes, transformNode)
	transform(t, o.Secrets, transformSecret)
	return o
}

func transform[T any, P object[T]](t *testing.T, all []*T, reduce func(any) (any, error)) {
	t.Helper()
	for _, o := range all {
		P(o).SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "kubectl"}})
		out, err := reduce(P(o))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := out.(client.Object); !ok || len(got.GetManagedFields()) > 0 {
			t.Errorf("%T has managed fields", o)
		}
	}
}

// TestTransformsDoNotChangeBuilds builds every golden case of model/kube from whole objects and
// from reduced ones.
func TestTransformsDoNotChangeBuilds(t *testing.T) {
	cases, err := filepath.Glob("../../model/kube/testdata/*/in.yaml")
	if err != nil || len(cases) < 5 {
		t.Fatalf("cases: %v %v", cases, err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			o := kube.Options{Controller: "headgate.io/test"}
			whole, small := kube.Build(read(t, file), o), kube.Build(reduced(t, read(t, file)), o)
			if diff := cmp.Diff(whole.Problems, small.Problems); diff != "" {
				t.Error(diff)
			}
			for i := range whole.LoadBalancers {
				a, _, errA := model.SealValid(whole.LoadBalancers[i])
				b, _, errB := model.SealValid(small.LoadBalancers[i])
				if (errA == nil) != (errB == nil) || a.Digest() != b.Digest() {
					t.Errorf("%s differs: %v %v", whole.LoadBalancers[i].ID, errA, errB)
				}
			}
		})
	}
}

func TestAReducedPodRetainsItsGates(t *testing.T) {
	p := gated("cart", 1, "gate.headgate.io/x", "example.com/other")
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: "example.com/other", Status: corev1.ConditionTrue},
		corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue})
	if !kube.AwaitsGate(p) {
		t.Fatal("the pod does not await a gate")
	}
	if _, err := transformPod(p); err != nil {
		t.Fatal(err)
	}
	if !kube.AwaitsGate(p) || len(p.Status.Conditions) != 3 || p.Labels["app"] != "cart" {
		t.Errorf("conditions %v, labels %v", p.Status.Conditions, p.Labels)
	}
}
