package azure

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
)

// alternating returns a route of an object for each path, in turn to two groups, so that neighbors
// share no path rule.
func alternating(object string, age time.Time, first int, paths ...string) []model.Route {
	var routes []model.Route
	for i, p := range paths {
		routes = append(routes, model.Route{
			Name: object + " " + p, Hosts: host("big.example.com"), Matches: path(model.PathPrefix, p), Age: age,
			Action: model.ForwardTo(model.GroupID(fmt.Sprintf("default/%d:80", i%2))),
			Origin: model.Ref{Kind: "Ingress", Namespace: "default", Name: object, Field: fmt.Sprintf("spec.rules[0].http.paths[%d]", first+i)},
		})
	}
	return routes
}

func numbered(format string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

// Longer paths come first in a path map, but routes that serve are not left out for them.
func TestNewestRoutesAreLeftOutOfAFullPathMap(t *testing.T) {
	old, young := time.Unix(1000, 0), time.Unix(2000, 0)
	longer := numbered("/longer-%03d", 4)
	for name, test := range map[string]struct {
		routes []model.Route
		want   []string
	}{
		"an object appends paths": {alternating("a", old, 0, slices.Concat(numbered("/p%03d", 99), longer, []string{"/"})...),
			[]string{"a /longer-002", "a /longer-003"}},
		"a younger object": {slices.Concat(alternating("a", young, 0, longer...), alternating("b", old, 0, numbered("/p%03d", 100)...)),
			[]string{"a /longer-001", "a /longer-002", "a /longer-003"}},
		"an object of unknown age": {slices.Concat(alternating("a", time.Time{}, 0, longer[:2]...), alternating("b", old, 0, numbered("/p%03d", 100)...)),
			[]string{"a /longer-001"}},
	} {
		t.Run(name, func(t *testing.T) {
			sealed, err := model.Seal(model.LoadBalancer{
				ID: "default/shop", Groups: []model.Group{{ID: "default/0:80", Port: 80}, {ID: "default/1:80", Port: 80}},
				Listeners: []model.Listener{{Name: "http", Port: 80, Protocol: model.HTTP, Routes: test.routes}},
			})
			if err != nil {
				t.Fatal(err)
			}
			p := testProvider(t, "shared")
			var got []string
			var parts []model.Part
			for _, r := range p.Refuse(sealed) {
				got, parts = append(got, r.Part.Route), append(parts, r.Part)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			left, ok := model.Without(sealed, parts)
			if _, err := p.Translate(left); err != nil || !ok || len(p.Refuse(left)) > 0 {
				t.Errorf("the rest: %v, %v, %v", ok, err, p.Refuse(left))
			}
		})
	}
}

func TestFieldsAreComparedByNumber(t *testing.T) {
	for field, want := range map[string][]int{"spec.rules[0].http.paths[12]": {0, 12}, "": nil, strings.Repeat("x", 3): nil} {
		if diff := cmp.Diff(want, numbers(field)); diff != "" {
			t.Error(diff)
		}
	}
}
