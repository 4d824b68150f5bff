package kube

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
)

// claimed is an attachment of a kind that does not exist, with one claim for each listener.
func claimed(name string, age int64, status int, match model.Match, listeners ...ListenerKey) Attachment {
	a := Attachment{
		LoadBalancer: "ns/lb", Object: model.Ref{Kind: "Wish", Namespace: "ns", Name: name}, Age: time.Unix(age, 0), settings: new(settings),
	}
	for _, l := range listeners {
		a.Claims = append(a.Claims, Claim{Listener: l, Match: match, Action: model.Respond(status), Name: name, Origin: at(a.Object, "spec")})
	}
	return a
}

func TestAnyKindClaimsAnyListener(t *testing.T) {
	root := model.Match{Path: model.PathMatch{Type: model.PathPrefix, Value: "/"}}
	get := root
	get.Headers = []model.ValueMatch{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}}
	swapped := root
	swapped.Headers = []model.ValueMatch{{Name: "B", Value: "2"}, {Name: "A", Value: "1"}}
	a, b, c := ListenerKey{8080, model.HTTP}, ListenerKey{9090, model.HTTP}, ListenerKey{80, model.HTTP}

	x := newCluster(&Objects{}, Options{})
	all := []Attachment{
		claimed("first", 1, 200, root, a, b), claimed("second", 2, 201, get, a, c),
		claimed("third", 3, 202, swapped, a), claimed("fourth", 4, 200, root, b),
	}
	r := assembleAll(x, all)
	var got []string
	for _, l := range r.LoadBalancers[0].Listeners {
		for _, route := range l.Routes {
			got = append(got, string(l.Protocol)+" "+strconv.Itoa(l.Port)+" "+route.Name)
		}
	}
	want := []string{"HTTP 8080 first", "HTTP 8080 second", "HTTP 9090 first", "HTTP 80 second"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if refused := all[2].Claims[0].Refused; refused == nil || refused.Reason != model.ReasonConflict || len(x.problems) != 1 {
		t.Errorf("the third claim is refused as %v, with problems %v; want one conflict with the second", refused, x.problems)
	}
	if all[3].Claims[0].Refused != nil {
		t.Error("a claim is refused that asks for what is served")
	}
}
