package kube

import (
	"cmp"
	"time"

	"github.com/headgate-io/headgate/model"
)

// flaw is an annotation that is well formed and does not go with the others. It is left out.
type flaw struct{ annotation, message string }

// defaultInterval is the one of [model.HealthCheck].
const defaultInterval = 15 * time.Second

// settle takes out of a group what does not go together.
func settle(g *model.Group) (flaws []flaw) {
	drop := func(annotation, message string) {
		flaws = append(flaws, flaw{prefix + annotation, prefix + annotation + " " + message})
	}
	if g.Affinity.Cookie != "" && g.Affinity.Type != model.AffinityCookie {
		drop("session-cookie", "needs "+prefix+"session-affinity: cookie")
		g.Affinity.Cookie = ""
	}
	h := &g.Health
	if h.Timeout > cmp.Or(h.Interval, defaultInterval) {
		drop("health-check-timeout", "is "+h.Timeout.String()+", allowed is up to the interval, "+cmp.Or(h.Interval, defaultInterval).String())
		h.Timeout = 0
	}
	p := h.Protocol
	if p == "" && g.Protocol == model.BackendGRPC {
		p = model.BackendGRPC
	}
	switch {
	case p == model.BackendTCP:
		settleTCP(h, drop)
	case p == model.BackendGRPC && h.Statuses.To > 99:
		drop("health-check-statuses", "is of HTTP, allowed for GRPC is within 0 to 99")
		h.Statuses = model.StatusRange{}
	case p != model.BackendGRPC && h.Statuses != (model.StatusRange{}) && h.Statuses.From < 100:
		drop("health-check-statuses", "is of GRPC, allowed for HTTP is within 100 to 599")
		h.Statuses = model.StatusRange{}
	}
	return flaws
}

// settleTCP leaves a TCP check with nothing but its port and times.
func settleTCP(h *model.HealthCheck, drop func(annotation, message string)) {
	const message = "has no meaning with " + prefix + "health-check-protocol: TCP"
	if h.Path != "" {
		drop("health-check-path", message)
	}
	if h.Host != "" {
		drop("health-check-host", message)
	}
	if h.Statuses != (model.StatusRange{}) {
		drop("health-check-statuses", message)
	}
	h.Path, h.Host, h.Statuses = "", "", model.StatusRange{}
}

// tell reports the flaws of a group on the Service where that has the annotation, else on the
// Ingress.
func (i *ingress) tell(s *service, flaws []flaw) {
	for _, f := range flaws {
		ref := i.ref
		if _, own := s.object.Annotations[f.annotation]; own {
			ref = model.Ref{Kind: "Service", Namespace: s.object.Namespace, Name: s.object.Name}
		}
		i.b.problem(at(ref, annotationField(f.annotation)), model.ReasonInvalid, f.message)
	}
}
