//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// staged are the sentences about Stage.
func staged() []sentence {
	return []sentence{
		{"Stage is pure; only resources that name an unverified group in Staged refer to it, and all else is as wanted", testStage},
		{"a route that would send requests to an unverified group keeps its current form", testStageStays},
		{"what Stage adds is not in want, so that it is removed once every group is verified", testStageGoes},
	}
}

// staging is a change to a group that is not verified yet, and a provider to stage it.
type staging struct {
	provider.Stager
	p          provider.Provider
	want, have []provider.Resource
	unverified []provider.Key
}

func (s *stage) staging(t *testing.T) staging {
	t.Helper()
	p := s.Process()
	stager := provider.ExtensionsOf(p).Stager
	if stager == nil {
		t.Skip("the provider is no Stager")
	}
	c := swapService(t, s.pods)
	s.apply(t, s.engine(), c.before)
	have := values(s.observe(t, balancer))
	want := resources(t, p, seal(t, *c.after))
	unverified := unverifiedIn(want)
	if len(unverified) == 0 {
		t.Fatal("no wanted resource refers to the new group")
	}
	return staging{stager, p, want, have, unverified}
}

func testStage(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	before := fmt.Sprintf("%+v %+v", x.want, x.have)
	step := x.Stage(x.want, x.have, x.unverified)
	if again := x.Stage(x.want, x.have, x.unverified); !reflect.DeepEqual(step, again) {
		t.Error("a second call returns something else")
	}
	if before != fmt.Sprintf("%+v %+v", x.want, x.have) {
		t.Error("want or have was modified")
	}
	checkStep(t, x.p, step, x.want, x.have, x.unverified)
}

// testStageStays replaces the Service of a route. While the new group is unverified, requests must
// still be sent to the old one.
func testStageStays(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	group := map[provider.Key]model.GroupID{}
	for _, r := range x.have {
		group[r.Key] = r.Group
	}
	now, then := served(x.have), served(x.Stage(x.want, x.have, x.unverified))
	stays := 0
	for k := range now {
		if group[k] != web {
			continue
		}
		stays++
		if !then[k] {
			t.Errorf("nothing refers to %s, which serves now, while its replacement is unverified", k)
		}
	}
	if stays == 0 {
		t.Error("nothing refers to the group of the web before the change")
	}
}

// served returns the resources that others outside of groups send requests to.
func served(rs []provider.Resource) map[provider.Key]bool {
	out := map[provider.Key]bool{}
	for _, r := range rs {
		for _, n := range r.Needs {
			if r.Group == "" && !slices.Contains(r.Staged, n) {
				out[n] = true
			}
		}
	}
	return out
}

// testStageGoes checks that each resource which Stage adds differs from what is wanted, so that a
// later plan removes it.
func testStageGoes(t *testing.T, h Harness) {
	x := newStage(t, h).staging(t)
	wanted := keyed(x.want)
	staged := 0
	for _, r := range x.Stage(x.want, x.have, x.unverified) {
		if len(r.Staged) == 0 {
			continue
		}
		staged++
		if w, ok := wanted[r.Key]; ok && len(x.p.Compare(w, r)) == 0 {
			t.Errorf("%s is staged and as wanted, so it would never be removed", r.Key)
		}
	}
	if staged == 0 {
		t.Error("nothing is staged")
	}
}

func values(m map[provider.Key]provider.Resource) []provider.Resource {
	out := make([]provider.Resource, 0, len(m))
	for _, r := range m {
		out = append(out, r)
	}
	slices.SortFunc(out, provider.CompareResources)
	return out
}

// unverifiedIn returns what routes refer to of the group of the blog.
func unverifiedIn(want []provider.Resource) []provider.Key {
	group := map[provider.Key]bool{}
	for _, w := range want {
		group[w.Key] = w.Group == blog
	}
	var out []provider.Key
	for _, w := range want {
		if w.Group != "" {
			continue
		}
		for _, n := range w.Needs {
			if group[n] && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func checkStep(t *testing.T, p provider.Provider, step, want, have []provider.Resource, unverified []provider.Key) {
	t.Helper()
	wanted, there, now := keyed(want), keyed(have), keyed(step)
	referred := map[provider.Key]bool{}
	for _, r := range step {
		for _, n := range unverifiedNeeds(r, unverified) {
			referred[n] = true
			if !slices.Contains(r.Staged, n) {
				t.Errorf("%s refers to %s, which is unverified, and does not name it in Staged", r.Key, n)
			}
		}
		w, ok := wanted[r.Key]
		if _, old := there[r.Key]; ok && !old && len(r.Staged) == 0 && len(p.Compare(w, r)) > 0 {
			t.Errorf("%s is neither as wanted nor as it was", r.Key)
		}
	}
	for _, k := range unverified {
		if !referred[k] {
			t.Errorf("nothing refers to %s, so its health is not checked", k)
		}
	}
	for _, w := range want {
		if _, ok := now[w.Key]; !ok && w.Group != "" {
			t.Errorf("%s is wanted, and is left out", w.Key)
		}
	}
}

func keyed(rs []provider.Resource) map[provider.Key]provider.Resource {
	out := make(map[provider.Key]provider.Resource, len(rs))
	for _, r := range rs {
		out[r.Key] = r
	}
	return out
}

// unverifiedNeeds returns the unverified resources that a resource outside of groups refers to.
func unverifiedNeeds(r provider.Resource, unverified []provider.Key) []provider.Key {
	if r.Group != "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Needs), func(n provider.Key) bool { return !slices.Contains(unverified, n) })
}
