package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// recorder publishes events.
type recorder interface {
	Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any)
}

// notice is something to be told to an object once, until it is no longer so. Two that differ in
// text alone are one.
type notice struct {
	about          model.Ref
	reason, action string
	normal         bool
	of             string // what tells notices of one reason apart
	text           *string
}

// same is the notice without what may differ from one time to the next.
func (n notice) same() notice {
	n.text = nil
	return n
}

// problemNotices is one notice for each problem, on the object that caused it.
func (c *controller) problemNotices(problems []model.Problem) []notice {
	out := make([]notice, 0, len(problems))
	for _, p := range problems {
		text := p.Message
		if p.Origin.Field != "" {
			text = p.Origin.Field + ": " + text
		}
		out = append(out, notice{about: p.Origin.Object(), reason: string(p.Reason), action: "Build", of: text, text: &text})
	}
	return out
}

// failureNotices is one notice for each failure.
func (c *controller) failureNotices(b *balancer, res reconcile.Result) []notice {
	var out []notice
	for _, f := range failuresOf(res) {
		out = append(out, c.failureNotice(b, f)...)
	}
	return out
}

// failureNotice tells a failure to the objects that the resource came from, else to all of the load
// balancer. What differs at each try, such as the ID of a request, is in the text alone. That this
// process did not lead for a moment is nobody's business.
func (c *controller) failureNotice(b *balancer, f failure) []notice {
	if errors.Is(f.err, errFenced) {
		return nil
	}
	code := provider.CodeOf(f.err)
	origins, of, action := b.origins, string(code), "Sync"
	if f.step != nil {
		of, action = of+" "+f.step.Key.String(), strings.ToUpper(string(f.step.Action[:1]))+string(f.step.Action[1:])
		if f.step.Want != nil && len(f.step.Want.Origin) > 0 {
			origins = f.step.Want.Origin
		}
	}
	text := c.explain(f.err)
	out := make([]notice, 0, len(origins))
	for _, o := range origins {
		out = append(out, notice{about: o.Object(), reason: treat(code).reason, action: action, of: of, text: &text})
	}
	return out
}

// explain is the text of an error, with the permission that was missing where something was denied.
func (c *controller) explain(err error) string {
	if provider.CodeOf(err) == provider.Denied && c.o.Permission != nil {
		if missing := c.o.Permission(err); missing != "" {
			return "the policy of this controller lacks " + missing + ": " + err.Error()
		}
	}
	return err.Error()
}

// tell publishes what was not told before, and remembers all of it; what is not so any more can be
// told again later. A process that does not lead tells nothing, and remembers nothing.
func (c *controller) tell(ctx context.Context, b *balancer, notices []notice) {
	if !c.o.Fence.Holds() {
		return
	}
	seen := make(map[notice]bool, len(notices))
	for _, n := range notices {
		k := n.same()
		if !b.seen[k] && !seen[k] {
			c.publishEvent(ctx, n)
		}
		seen[k] = true
	}
	b.seen = seen
}

// maxNote is the longest note of an event, in bytes (events.k8s.io/v1 reference, Event.note).
const maxNote = 1024

func (c *controller) publishEvent(ctx context.Context, n notice) {
	o := c.find(ctx, n.about)
	if o == nil {
		return
	}
	kind := corev1.EventTypeWarning
	if n.normal {
		kind = corev1.EventTypeNormal
	}
	c.log.InfoContext(ctx, "told", "object", n.about.String(), "reason", n.reason, "note", *n.text)
	c.recorder.Eventf(o, nil, kind, n.reason, n.action, "%s", shorten(*n.text))
}

func shorten(s string) string {
	if len(s) <= maxNote {
		return s
	}
	return strings.ToValidUTF8(s[:maxNote-len("…")], "") + "…"
}

// find reads the object that a notice is about; nil when it is gone.
func (c *controller) find(ctx context.Context, r model.Ref) client.Object {
	var o client.Object
	switch r.Kind {
	case "Ingress":
		o = &networkingv1.Ingress{}
	case "IngressClass":
		o = &networkingv1.IngressClass{}
	case "Service":
		o = &corev1.Service{}
	case "EndpointSlice":
		o = &discoveryv1.EndpointSlice{}
	case "Secret":
		o = &corev1.Secret{}
	default:
		return nil
	}
	if err := c.client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: r.Name}, o, client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	return o
}

// say publishes something at once, with no memory of it, unless another process leads.
func (c *controller) say(ctx context.Context, about model.Ref, normal bool, reason, action, format string, args ...any) {
	if !c.o.Fence.Holds() {
		return
	}
	text := fmt.Sprintf(format, args...)
	c.publishEvent(ctx, notice{about: about, reason: reason, action: action, normal: normal, text: &text})
}
