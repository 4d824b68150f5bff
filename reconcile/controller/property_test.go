package controller

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/provider/fake"
)

// step is one random change of a small cluster.
type step struct {
	change  int
	name    string
	ips     []int
	refers  []string
	grouped bool
	pause   time.Duration
}

func words() []string { return []string{"a", "b", "c"} }

func steps() *rapid.Generator[[]step] {
	word := rapid.SampledFrom(words())
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			change:  rapid.IntRange(0, 7).Draw(t, "change"),
			name:    word.Draw(t, "name"),
			ips:     rapid.SliceOfNDistinct(rapid.IntRange(1, 9), 0, 5, rapid.ID).Draw(t, "ips"),
			refers:  rapid.SliceOfNDistinct(word, 0, 3, rapid.ID).Draw(t, "services"),
			grouped: rapid.Bool().Draw(t, "grouped"),
			pause:   time.Duration(rapid.IntRange(-2000, 2000).Draw(t, "ms")) * time.Millisecond,
		}
	}), 1, 12)
}

// apply makes the change.
func (e *env) apply(s step) {
	switch s.change {
	case 0, 1:
		e.put(slice(s.name, s.ips...))
	case 2:
		e.put(service(s.name))
	case 3:
		e.drop(service(s.name))
	case 4:
		e.drop(slice(s.name))
	case 5, 6:
		i := ingress(s.name, s.refers...)
		if s.grouped {
			i.Annotations = map[string]string{"headgate.io/group": "g"}
		}
		if stored := e.read(i); stored == nil || stored.GetDeletionTimestamp() == nil {
			e.put(i)
		}
	case 7:
		e.drop(ingress(s.name))
	}
	if s.pause > 0 {
		e.wait(s.pause)
	}
}

func (e *env) drop(o client.Object) {
	if stored := e.read(o); stored != nil && stored.GetDeletionTimestamp() == nil {
		e.remove(o)
	}
}

// fresh returns what a new controller creates from the same objects in an empty cloud.
func (e *env) fresh() map[string]string {
	other := newEnv(e.t)
	defer other.cloud.Close()
	for _, o := range []client.ObjectList{&networkingv1.IngressClassList{}, &networkingv1.IngressList{}, &corev1.ServiceList{}, &discoveryv1.EndpointSliceList{}} {
		if err := e.objects.List(e.t.Context(), o); err != nil {
			e.t.Fatal(err)
		}
		for _, i := range itemsOf(o) {
			i.SetResourceVersion("")
			i.SetFinalizers(nil)
			if err := other.objects.Create(e.t.Context(), i); err != nil {
				e.t.Fatal(err)
			}
		}
	}
	other.start()
	other.wait(5 * time.Minute)
	other.stop()
	return other.cloud.Snapshot()
}

// TestAnyHistoryEndsAsAFreshStartDoes makes changes in any order and at any speed. The cloud then
// contains what a controller creates that sees only the final objects. In the end all groups have
// slices, because a group without them retains its endpoints.
func TestAnyHistoryEndsAsAFreshStartDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := steps().Draw(rt, "steps")
		var diff string
		synctest.Test(t, func(t *testing.T) { diff = replay(t, all) })
		if diff != "" {
			rt.Fatalf("(-fresh start +history):\n%s", diff)
		}
	})
}

func replay(t *testing.T, all []step) string {
	t.Helper()
	e := newEnv(t, func(o *Options, _ *fake.CloudOptions) { o.Guard.Off = true })
	defer e.cloud.Close()
	e.start()
	defer func() { e.stop() }()
	e.put(class())
	for _, s := range all {
		e.apply(s)
	}
	for _, w := range words() { // so that no group retains endpoints
		e.put(service(w), slice(w, 1))
	}
	e.wait(10 * time.Minute)
	return cmp.Diff(settledForm(e.fresh()), settledForm(e.cloud.Snapshot()))
}

// settledForm returns a snapshot without addresses, which depend on the order of creation.
func settledForm(s map[string]string) []string {
	out := make([]string, 0, len(s))
	for _, k := range slices.Sorted(maps.Keys(s)) {
		out = append(out, fmt.Sprintf("%s %s", k, address.ReplaceAllString(s[k], "")))
	}
	return out
}
