package gcp_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

// crowd returns a load balancer with n routes, each of an object of its own. The first is the
// youngest.
func crowd(t testing.TB, n int, change func(i int, r *model.Route)) model.Sealed {
	t.Helper()
	lb := shared(t, 80, model.HTTP)
	lb.Listeners[0].Routes = nil
	made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		r := model.Route{Name: fmt.Sprintf("r%d", i), Origin: object(fmt.Sprintf("o%d", i)), Age: made.Add(-time.Duration(i) * time.Hour), Action: model.ForwardTo("default/good:80"),
			Hosts: []model.Host{{Name: fmt.Sprintf("h%d.example.com", i)}}, Matches: prefixed("/")}
		change(i, &r)
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, r)
	}
	lb.Listeners[0].Default = model.ForwardTo("default/bad:80")
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TestRoutesBeyondTheSizeOfAURLMapAreRefused checks that the youngest routes beyond a limit of a
// URL map are refused on their objects, and that the API accepts the rest.
func TestRoutesBeyondTheSizeOfAURLMapAreRefused(t *testing.T) {
	t.Parallel()
	long := func(i int) string { return fmt.Sprintf("/%d/%s", i, strings.Repeat("a", 1000)) }
	for name, test := range map[string]struct {
		routes  int
		change  func(i int, r *model.Route)
		want    string
		refused func(t *testing.T, names []string)
	}{
		"hosts": {1002, func(int, *model.Route) {}, "host rules of the URL map", func(t *testing.T, names []string) {
			t.Helper()
			if !slices.Equal(names, []string{"o0", "o1", "o2"}) {
				t.Errorf("refused %v, want the 3 youngest", names)
			}
		}},
		"rules of a host": {1003, func(i int, r *model.Route) {
			r.Hosts, r.Matches = []model.Host{{Name: "shop.example.com"}}, []model.Match{{Path: model.PathMatch{Type: model.PathExact, Value: fmt.Sprintf("/%d", i)}}}
		}, "the 1000 rules", func(t *testing.T, names []string) {
			t.Helper()
			if !slices.Equal(names, []string{"o0", "o1", "o2"}) {
				t.Errorf("refused %v, want the 3 youngest", names)
			}
		}},
		"rules of the fallback": {600, func(i int, r *model.Route) {
			if i > 0 {
				r.Hosts = nil
			}
			r.Matches = nil
			for j := range 2 {
				r.Matches = append(r.Matches, model.Match{Path: model.PathMatch{Type: model.PathExact, Value: fmt.Sprintf("/%d/%d", i, j)}})
			}
		}, "rules", func(t *testing.T, names []string) {
			t.Helper()
			if len(names) < 99 || len(names) > 101 || !slices.Contains(names, "o0") || !slices.Contains(names, "o1") || slices.Contains(names, "o599") {
				t.Errorf("refused %d: %v", len(names), names)
			}
		}},
		"bytes": {900, func(i int, r *model.Route) { r.Matches = prefixed(long(i)) }, "larger than 1 MB", func(t *testing.T, names []string) {
			t.Helper()
			if len(names) < 400 || len(names) > 800 || !slices.Contains(names, "o0") || slices.Contains(names, "o899") {
				t.Errorf("refused %d: %v", len(names), names)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, gcptest.Options{Dial: refuse})
			sealed, p := crowd(t, test.routes, test.change), c.process(t)
			left, problems, ok := reconcile.Accept(p, sealed)
			var names []string
			for _, problem := range problems {
				names = append(names, problem.Origin.Name)
				if problem.Reason != model.ReasonQuotaExceeded || !strings.Contains(problem.Message, test.want) {
					t.Errorf("problem %v, want %q", problem, test.want)
				}
			}
			slices.Sort(names)
			test.refused(t, names)
			if !ok || len(p.Refuse(left)) > 0 {
				t.Errorf("of the rest more is refused")
			}
			e := c.engine(t)
			e.Set(left)
			if _, err := e.Apply(t.Context(), left.ID()); err != nil {
				t.Errorf("the API rejects the rest: %.300s", err)
			}
		})
	}
}

// TestOneLargeRouteLeavesRoomForYoungerOnes checks that a route which does not fit is refused, and
// that a younger one which does is served.
func TestOneLargeRouteLeavesRoomForYoungerOnes(t *testing.T) {
	t.Parallel()
	sealed := crowd(t, 3, func(i int, r *model.Route) {
		if i == 1 {
			r.Matches = nil
			for j := range 1001 {
				r.Matches = append(r.Matches, model.Match{Path: model.PathMatch{Type: model.PathExact, Value: fmt.Sprintf("/%d", j)}})
			}
		}
	})
	refused := newCloud(t, gcptest.Options{Dial: refuse}).process(t).Refuse(sealed)
	if len(refused) != 1 || refused[0].Part.Route != "r1" {
		t.Errorf("refused %+v, want the route with 1001 paths", refused)
	}
}

// BenchmarkRefuse measures a load balancer whose URL map fits without a closer look, and one whose
// URL map does not.
func BenchmarkRefuse(b *testing.B) {
	for _, n := range []int{10, 500, 2000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			p := newCloud(b, gcptest.Options{Dial: refuse}).process(b)
			lb := crowd(b, n, func(int, *model.Route) {})
			for b.Loop() {
				p.Refuse(lb)
			}
		})
	}
}
