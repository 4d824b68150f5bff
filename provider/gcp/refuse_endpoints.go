package gcp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// maxReported is the number of endpoints that a problem lists.
const maxReported = 3

// endpoints reports the endpoints that cannot be in a zonal group. A group that has no other
// endpoints is refused.
func (r *refuser) endpoints() {
	for i := range r.lb.Groups() {
		g := &r.lb.Groups()[i]
		message, n := r.unplaceable(g.Endpoints)
		switch n {
		case 0:
		case len(g.Endpoints):
			r.refused.Group(g, errors.New(message))
		default:
			r.refused.Add(model.Part{}, model.ReasonDiffers, g.Origins, errors.New(message))
		}
	}
}

// unplaceable describes the endpoints that cannot be in a zonal group, and returns their number.
func (r *refuser) unplaceable(endpoints []model.Endpoint) (string, int) {
	var out []string
	n := 0
	for i := range endpoints {
		e := &endpoints[i]
		reason := r.p.misplaced(r.lb.LoadBalancer().Scheme, e)
		if reason == "" {
			continue
		}
		if n++; n <= maxReported {
			out = append(out, fmt.Sprintf("endpoint %s receives no requests: %s", endpointName(e), reason))
		}
	}
	if n > maxReported {
		out = append(out, fmt.Sprintf("and %d more endpoints", n-maxReported))
	}
	return strings.Join(out, "; "), n
}

func endpointName(e *model.Endpoint) string {
	if e.Pod == "" {
		return e.AddrPort().String()
	}
	return fmt.Sprintf("%s of pod %s", e.AddrPort(), e.Pod)
}
