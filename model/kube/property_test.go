package kube_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model/kube"
)

// everything is the objects of all golden cases, which do not get in each other's way.
func everything(t testing.TB) []kube.Objects {
	t.Helper()
	cases, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []kube.Objects
	for _, in := range cases {
		text, err := os.ReadFile(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, decode(t, string(text)))
	}
	return all
}

func TestTheOrderOfObjectsChangesNothing(t *testing.T) {
	all := everything(t)
	rapid.Check(t, func(r *rapid.T) {
		o := rapid.SampledFrom(all).Draw(r, "case")
		want := kube.Build(o, kube.Options{Controller: "headgate.io/test"})
		got := kube.Build(shuffled(r, o), kube.Options{Controller: "headgate.io/test"})
		if diff := cmp.Diff(canonical(t, want), canonical(t, got)); diff != "" {
			r.Fatal(diff)
		}
	})
}

func shuffled(r *rapid.T, o kube.Objects) kube.Objects {
	return kube.Objects{
		Ingresses:      shuffle(r, o.Ingresses),
		IngressClasses: shuffle(r, o.IngressClasses),
		Services:       shuffle(r, o.Services),
		EndpointSlices: shuffle(r, o.EndpointSlices),
		Secrets:        shuffle(r, o.Secrets),
		Pods:           shuffle(r, o.Pods),
		Nodes:          shuffle(r, o.Nodes),
		Namespaces:     shuffle(r, o.Namespaces),
	}
}

func shuffle[T any](r *rapid.T, s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return rapid.Permutation(s).Draw(r, "order")
}

func TestBuildChangesNoObject(t *testing.T) {
	before, after := everything(t), everything(t)
	for i := range after {
		kube.Build(after[i], kube.Options{Controller: "headgate.io/test"})
		if diff := cmp.Diff(before[i], after[i]); diff != "" {
			t.Error(diff)
		}
	}
}
