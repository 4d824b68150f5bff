package controller

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// eventSink writes events to the API server. It is the part of client-go's EventRecorder that is
// used.
type eventSink interface {
	Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any)
}

// reporter publishes an event.
type reporter interface {
	report(ctx context.Context, e event)
}

// leader reports whether this process may write.
type leader interface {
	MayWrite() bool
}

// event is an event about an object. Events with the same key report the same fact: their notes may
// differ, for instance by the ID of a request.
type event struct {
	eventKey
	note string
}

// eventKey identifies an event among those of one load balancer.
type eventKey struct {
	object         model.Ref
	reason, action string
	normal         bool   // not a warning
	detail         string // distinguishes events of one reason
}

// eventSet is the events of one pass.
type eventSet map[eventKey]bool

// eventRecorder publishes events while this process leads.
type eventRecorder struct {
	sink       eventSink
	reader     client.Reader
	kinds      []kind
	leader     leader
	log        *slog.Logger
	permission func(error) string // see Options.Permission
}

// report publishes an event.
func (r *eventRecorder) report(ctx context.Context, e event) {
	if r.leader.MayWrite() {
		r.publish(ctx, e)
	}
}

// reportNew publishes the events that are not among those of the last pass, and remembers all of
// them in last. While another process leads, it publishes and remembers nothing.
func (r *eventRecorder) reportNew(ctx context.Context, last *eventSet, events []event) {
	if !r.leader.MayWrite() {
		return
	}
	now := make(eventSet, len(events))
	for _, e := range events {
		if !(*last)[e.eventKey] && !now[e.eventKey] {
			r.publish(ctx, e)
		}
		now[e.eventKey] = true
	}
	*last = now
}

func (r *eventRecorder) publish(ctx context.Context, e event) {
	o := r.find(ctx, e.object)
	if o == nil {
		return
	}
	severity := corev1.EventTypeWarning
	if e.normal {
		severity = corev1.EventTypeNormal
	}
	r.log.InfoContext(ctx, "event", "object", e.object.String(), "reason", e.reason, "note", e.note)
	r.sink.Eventf(o, nil, severity, e.reason, e.action, "%s", shorten(e.note))
}

// find reads an object. It returns nil if the object does not exist.
func (r *eventRecorder) find(ctx context.Context, ref model.Ref) client.Object {
	o := newObject(r.kinds, ref.Kind)
	if o == nil {
		return nil
	}
	key := client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name}
	if err := r.reader.Get(ctx, key, o, client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	return o
}

// maxNote is the longest note of an event, in bytes (events.k8s.io/v1 reference, Event.note).
const maxNote = 1024

func shorten(s string) string {
	if len(s) <= maxNote {
		return s
	}
	return strings.ToValidUTF8(s[:maxNote-len("…")], "") + "…"
}

// problemEvents returns one event for each problem, on the object that caused it.
func problemEvents(problems []model.Problem) []event {
	out := make([]event, 0, len(problems))
	for _, p := range problems {
		note := p.Message
		if p.Origin.Field != "" {
			note = p.Origin.Field + ": " + note
		}
		out = append(out, event{eventKey{object: p.Origin.Object(), reason: string(p.Reason), action: "Build", detail: note}, note})
	}
	return out
}

// failureEvents returns the events for the failures of a pass.
func (r *eventRecorder) failureEvents(origins []model.Ref, failures []failure) []event {
	var out []event
	for _, f := range failures {
		out = append(out, r.failureEvent(origins, f)...)
	}
	return out
}

// failureEvent returns one event for each object that the failed resource came from, or for each of
// origins, which is all objects of the load balancer. Losing leadership briefly is not reported.
func (r *eventRecorder) failureEvent(origins []model.Ref, f failure) []event {
	if errors.Is(f.err, errFenced) {
		return nil
	}
	code := provider.CodeOf(f.err)
	detail, action := string(code), "Sync"
	if f.step != nil {
		detail += " " + f.step.Key.String()
		action = strings.ToUpper(string(f.step.Action[:1])) + string(f.step.Action[1:])
		if f.step.Want != nil && len(f.step.Want.Origin) > 0 {
			origins = f.step.Want.Origin
		}
	}
	key, note := eventKey{reason: retryPolicyFor(code).reason, action: action, detail: detail}, explain(f.err, r.permission)
	out := make([]event, 0, len(origins))
	for _, o := range origins {
		key.object = o.Object()
		out = append(out, event{key, note})
	}
	return out
}

// explain returns the text of an error. If the cloud denied a call, the text names the missing
// permission.
func explain(err error, permission func(error) string) string {
	if provider.CodeOf(err) == provider.Denied && permission != nil {
		if missing := permission(err); missing != "" {
			return "the cloud policy of this controller does not grant " + missing + ": " + err.Error()
		}
	}
	return err.Error()
}
