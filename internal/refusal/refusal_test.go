package refusal_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/internal/refusal"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func ref(name string) model.Ref { return model.Ref{Kind: "Ingress", Namespace: "default", Name: name} }

func problem(name, message string) model.Problem {
	return model.Problem{Origin: ref(name), Reason: model.ReasonUnsupported, Message: message}
}

func sealed(t *testing.T, l model.Listener) model.Sealed {
	t.Helper()
	s, err := model.Seal(model.LoadBalancer{ID: "default/shop", Origins: []model.Ref{ref("shop")}, Listeners: []model.Listener{l}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProblemsAreReportedOnTheOrigins(t *testing.T) {
	c := refusal.NewCollector(sealed(t, model.Listener{Name: "web", Port: 80, Protocol: model.HTTP}))
	c.Group(&model.Group{ID: "a", Origins: []model.Ref{ref("a"), ref("b")}}, errors.New("too slow"))
	c.Group(&model.Group{ID: "b"}, errors.New("too fast"))
	c.Group(&model.Group{ID: "c"}, nil)
	c.Route(&model.Listener{Name: "web"}, &model.Route{Name: "r"}, &provider.Error{Op: "translate", Err: errors.New("too long")})
	want := []provider.Refusal{
		{Part: model.Part{Group: "a"}, Problems: []model.Problem{problem("a", "too slow"), problem("b", "too slow")}},
		{Part: model.Part{Group: "b"}, Problems: []model.Problem{problem("shop", "too fast")}},
		{Part: model.Part{Listener: "web", Route: "r"}, Problems: []model.Problem{problem("shop", "too long")}},
	}
	if diff := cmp.Diff(want, c.Refusals()); diff != "" {
		t.Error(diff)
	}
}

func TestZeroPartRefusesNothing(t *testing.T) {
	c := refusal.NewCollector(sealed(t, model.Listener{Name: "web", Port: 80, Protocol: model.HTTP}))
	c.Add(model.Part{}, model.ReasonDiffers, nil, errors.New("no zone"))
	want := []provider.Refusal{{Problems: []model.Problem{{Origin: ref("shop"), Reason: model.ReasonDiffers, Message: "no zone"}}}}
	if diff := cmp.Diff(want, c.Refusals()); diff != "" {
		t.Error(diff)
	}
}

func TestFirstRefusalIsKnown(t *testing.T) {
	c := refusal.NewCollector(sealed(t, model.Listener{Name: "web", Port: 80, Protocol: model.HTTP}))
	if part, err := c.First(); part != (model.Part{}) || err != nil {
		t.Errorf("nothing is refused, but the first part is %v: %v", part, err)
	}
	slow := errors.New("too slow")
	c.Group(&model.Group{ID: "a"}, slow)
	c.Group(&model.Group{ID: "b"}, errors.New("too fast"))
	a := model.Part{Group: "a"}
	if part, err := c.First(); part != a || !errors.Is(err, slow) {
		t.Errorf("the first part is %v: %v", part, err)
	}
	if !c.Refused(a) || c.Refused(model.Part{Group: "c"}) {
		t.Error("Refused reports another part")
	}
}

func TestPartsAreNamedOnce(t *testing.T) {
	c := refusal.NewCollector(sealed(t, model.Listener{Name: "web", Port: 80, Protocol: model.HTTP}))
	r := &model.Route{Name: "r", Origin: ref("a")}
	c.Route(&model.Listener{Name: "web"}, r, errors.New("one"))
	c.Route(&model.Listener{Name: "web"}, r, errors.New("two"))
	want := []provider.Refusal{{
		Part: model.Part{Listener: "web", Route: "r"}, Problems: []model.Problem{problem("a", "one"), problem("a", "two")},
	}}
	if diff := cmp.Diff(want, c.Refusals()); diff != "" {
		t.Error(diff)
	}
}

func TestListenerRefusesItsRoutesAndItsDefault(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   []model.Part
	}{
		"bare 404": {404, []model.Part{{Listener: "web", Route: "r"}}},
		"other":    {503, []model.Part{{Listener: "web"}, {Listener: "web", Route: "r"}}},
	} {
		t.Run(name, func(t *testing.T) {
			l := model.Listener{Name: "web", Port: 80, Protocol: model.HTTP, Default: model.Respond(c.status), Routes: []model.Route{{Name: "r"}}}
			collector := refusal.NewCollector(sealed(t, model.Listener{Name: "web", Port: 80, Protocol: model.HTTP}))
			collector.Listener(&l, errors.New("no"))
			var got []model.Part
			for _, r := range collector.Refusals() {
				got = append(got, r.Part)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
