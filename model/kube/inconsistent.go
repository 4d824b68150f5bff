package kube

import (
	"cmp"
	"time"

	"github.com/headgate-io/headgate/model"
)

// inconsistency is an annotation that is valid by itself and does not fit the others. It has no
// effect.
type inconsistency struct{ annotation, message string }

// defaultInterval is that of [model.HealthCheck].
const defaultInterval = 15 * time.Second

// dropInconsistent removes the settings of a group that do not fit the others.
func dropInconsistent(g *model.Group) (dropped []inconsistency) {
	drop := func(annotation, message string) {
		dropped = append(dropped, inconsistency{prefix + annotation, prefix + annotation + " " + message})
	}
	if g.Affinity.Cookie != "" && g.Affinity.Type != model.AffinityCookie {
		drop("session-cookie", "has no effect without "+prefix+"session-affinity: cookie")
		g.Affinity.Cookie = ""
	}
	h := &g.Health
	if interval := cmp.Or(h.Interval, defaultInterval); h.Timeout > interval {
		drop("health-check-timeout", "is "+h.Timeout.String()+"; allowed: up to the interval, "+interval.String())
		h.Timeout = 0
	}
	switch p := healthProtocol(g); {
	case p == model.BackendTCP:
		dropRequest(h, drop)
	case p == model.BackendGRPC && h.Statuses.To > 99:
		drop("health-check-statuses", "has HTTP statuses; allowed for GRPC: 0 to 99")
		h.Statuses = model.StatusRange{}
	case p != model.BackendGRPC && h.Statuses != (model.StatusRange{}) && h.Statuses.From < 100:
		drop("health-check-statuses", "has GRPC statuses; allowed for HTTP: 100 to 599")
		h.Statuses = model.StatusRange{}
	}
	return dropped
}

// healthProtocol is that of the health check. Only GRPC follows from the backend here, since the
// others have the statuses of HTTP.
func healthProtocol(g *model.Group) model.BackendProtocol {
	if g.Health.Protocol == "" && g.Protocol == model.BackendGRPC {
		return model.BackendGRPC
	}
	return g.Health.Protocol
}

// dropRequest removes what a TCP check has no use for.
func dropRequest(h *model.HealthCheck, drop func(annotation, message string)) {
	const message = "has no effect with " + prefix + "health-check-protocol: TCP"
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

// reportInconsistent reports inconsistent annotations: on the Service if that has the annotation,
// else on the object that routes to it.
func (x *cluster) reportInconsistent(dropped []inconsistency, s *service, route model.Ref) {
	for _, i := range dropped {
		object := route
		if _, own := s.object.Annotations[i.annotation]; own {
			object = s.ref()
		}
		x.problem(at(object, annotationField(i.annotation)), model.ReasonInvalid, i.message)
	}
}
