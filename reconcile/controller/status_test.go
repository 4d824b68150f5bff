package controller

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
)

func TestStatusIsWrittenOnceAndReported(t *testing.T) {
	api, events := store(shared("web", "a")), &reports{}
	w := &statusWriter{client: api, owners: ownersIn(api), events: events}
	for range 2 {
		if err := w.publish(t.Context(), "a", objectStatus{addresses: []string{"192.0.2.1"}}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(reports{"web Programmed: reachable at 192.0.2.1"}, *events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if got := stored(t, api, "web").Data["addresses"]; got != "192.0.2.1" {
		t.Errorf("addresses: %q", got)
	}
}

func TestStatusHasTheAddressesOfAllLoadBalancers(t *testing.T) {
	web := shared("web", "a b")
	web.Data["addresses"] = "192.0.2.2"
	api := store(web)
	w := &statusWriter{client: api, owners: ownersIn(api), events: &reports{}}
	for _, step := range []struct {
		id        model.ID
		addresses []string
		want      string
	}{
		{"a", nil, "192.0.2.2"},
		{"a", []string{"192.0.2.1"}, "192.0.2.1 192.0.2.2"}, // b is not observed yet
		{"b", []string{"192.0.2.2"}, "192.0.2.1 192.0.2.2"},
		{"b", []string{"192.0.2.3"}, "192.0.2.1 192.0.2.3"},
	} {
		if err := w.publish(t.Context(), step.id, objectStatus{addresses: step.addresses}); err != nil {
			t.Fatal(err)
		}
		if got := stored(t, api, "web").Data["addresses"]; got != step.want {
			t.Errorf("after %v of %s: %q, want %q", step.addresses, step.id, got, step.want)
		}
	}
}

func TestStatusHasOnlyTheProblemsOfTheObject(t *testing.T) {
	api := store(shared("web", "a b"), shared("other", "a"))
	w := &statusWriter{client: api, owners: ownersIn(api), events: &reports{}}
	problem := func(name, text string) model.Problem {
		return model.Problem{Origin: model.Ref{Kind: "ConfigMap", Namespace: "shop", Name: name, Field: "data"}, Message: text}
	}
	for id, problems := range map[model.ID][]model.Problem{"a": {problem("web", "one"), problem("other", "two")}, "b": {problem("other", "three")}} {
		if err := w.publish(t.Context(), id, objectStatus{problems: problems}); err != nil {
			t.Fatal(err)
		}
	}
	if web, other := stored(t, api, "web").Data["problems"], stored(t, api, "other").Data["problems"]; web != "one" || other != "two" {
		t.Errorf("problems: %q and %q", web, other)
	}
}

func TestADryRunWritesNoStatus(t *testing.T) {
	api := store(shared("web", "a"))
	w := &statusWriter{client: api, owners: ownersIn(api), events: &reports{}, dryRun: true}
	if err := w.publish(t.Context(), "a", objectStatus{addresses: []string{"192.0.2.1"}}); err != nil {
		t.Fatal(err)
	}
	if got := stored(t, api, "web").Data["addresses"]; got != "" {
		t.Errorf("addresses: %q", got)
	}
}
