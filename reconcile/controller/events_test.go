package controller

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

func recorderIn(objects *eventLog) *eventRecorder {
	api := store(shared("web", "a"))
	return &eventRecorder{sink: objects, reader: api, kinds: []kind{testKind{}}, leader: (*Fence)(nil), log: slog.New(slog.DiscardHandler)}
}

func aboutWeb(reason, note string) event {
	return event{eventKey{object: model.Ref{Kind: "ConfigMap", Namespace: "shop", Name: "web"}, reason: reason, action: "Test"}, note}
}

func TestAnEventIsPublishedAgainOnlyAfterItStoppedBeingTrue(t *testing.T) {
	log, last := &eventLog{}, eventSet(nil)
	r := recorderIn(log)
	for _, events := range [][]event{
		{aboutWeb("Sick", "request 1"), aboutWeb("Sick", "request 2")}, {aboutWeb("Sick", "request 3")}, nil, {aboutWeb("Sick", "request 4")},
	} {
		r.reportNew(t.Context(), &last, events)
	}
	if got := log.drain(); !slices.Equal(got, []string{"shop/web Sick: request 1", "shop/web Sick: request 4"}) {
		t.Errorf("events: %q", got)
	}
}

func TestAProcessThatDoesNotLeadPublishesAndRemembersNothing(t *testing.T) {
	log, last := &eventLog{}, eventSet(nil)
	r := recorderIn(log)
	leads := r.leader
	r.leader = follower{}
	r.report(t.Context(), aboutWeb("Sick", "x"))
	r.reportNew(t.Context(), &last, []event{aboutWeb("Sick", "x")})
	if got := log.drain(); len(got) > 0 {
		t.Errorf("events: %q", got)
	}
	r.leader = leads
	r.reportNew(t.Context(), &last, []event{aboutWeb("Sick", "x")})
	if got := log.drain(); len(got) != 1 {
		t.Errorf("events: %q", got)
	}
}

func TestAnEventAboutAnObjectThatDoesNotExistIsDropped(t *testing.T) {
	log := &eventLog{}
	r := recorderIn(log)
	for _, ref := range []model.Ref{{Kind: "ConfigMap", Namespace: "shop", Name: "gone"}, {Kind: "Unknown", Name: "x"}} {
		r.report(t.Context(), event{eventKey: eventKey{object: ref, reason: "Sick"}})
	}
	if got := log.drain(); len(got) > 0 {
		t.Errorf("events: %q", got)
	}
}

// The process may lead again when the pass ends: it was suspended for a while, and no other process
// acquired the lease.
func TestLosingLeadershipBrieflyIsNotReported(t *testing.T) {
	r, origins := &eventRecorder{}, []model.Ref{{Kind: "Ingress", Namespace: "shop", Name: "web"}}
	for _, err := range []error{errFenced, fmt.Errorf("do: %w", errFenced), &url.Error{Op: "Post", Err: errFenced}} {
		if got := r.failureEvents(origins, []failure{{err: err}}); len(got) > 0 {
			t.Errorf("%v: %v", err, got)
		}
	}
	if got := r.failureEvents(origins, []failure{{err: errTest}}); len(got) != 1 {
		t.Errorf("another failure: %v", got)
	}
}

func TestAFailureIsReportedToTheObjectsOfItsResource(t *testing.T) {
	r := &eventRecorder{permission: func(error) string { return "elasticloadbalancing:CreateRule" }}
	web, cart := model.Ref{Kind: "Ingress", Namespace: "shop", Name: "web"}, model.Ref{Kind: "Service", Namespace: "shop", Name: "cart"}
	step := &reconcile.Step{Op: provider.Op{Action: provider.Create, Want: &provider.Resource{Origin: []model.Ref{cart}}}}
	denied := &provider.Error{Code: provider.Denied, Op: "CreateRule", Err: errTest}
	got := r.failureEvents([]model.Ref{web}, []failure{{step, denied}, {err: errTest}})
	if len(got) != 2 || got[0].object != cart || got[0].reason != "PermissionDenied" || got[0].action != "Create" || got[1].object != web || got[1].action != "Sync" {
		t.Fatalf("events: %v", got)
	}
	if !strings.HasPrefix(got[0].note, "the cloud policy of this controller does not grant elasticloadbalancing:CreateRule: ") {
		t.Errorf("note: %s", got[0].note)
	}
}

func TestALongNoteIsShortened(t *testing.T) {
	got := shorten(strings.Repeat("é", maxNote))
	if len(got) > maxNote || !utf8.ValidString(got) || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes: %q", len(got), got[len(got)-8:])
	}
}

func TestEveryKindThatAnEventNamesIsFound(t *testing.T) {
	for _, name := range []string{"Ingress", "IngressClass", "Service", "EndpointSlice", "Secret"} {
		if newObject(kinds(), name) == nil {
			t.Errorf("no object of kind %s", name)
		}
	}
}
