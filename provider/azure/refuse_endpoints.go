package azure

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// maxReported is the number of endpoints that a problem lists.
const maxReported = 3

// endpoints reports the endpoints that cannot be in the pool of a group. A group that has no other
// endpoints is refused.
func (r *refuser) endpoints(g *model.Group) {
	in, omitted := poolMembers(g, g.Endpoints)
	switch {
	case len(omitted) == 0:
	case len(in) == 0:
		r.refuse(model.Part{Group: g.ID}, g.Origins, "%s", describeOmitted(omitted))
	default:
		nothing := model.Part{}
		r.refused.Add(nothing, model.ReasonDiffers, g.Origins, errors.New(describeOmitted(omitted)))
	}
}

// describeOmitted lists endpoints by the reason why they are left out.
func describeOmitted(omitted []omittedEndpoint) string {
	var reasons []string
	names := map[string][]string{}
	for _, o := range omitted {
		if names[o.reason] == nil {
			reasons = append(reasons, o.reason)
		}
		names[o.reason] = append(names[o.reason], endpointName(o.endpoint))
	}
	var out []string
	for _, reason := range reasons {
		all := names[reason]
		list := strings.Join(all[:min(len(all), maxReported)], ", ")
		if n := len(all) - maxReported; n > 0 {
			list += fmt.Sprintf(" and %d more", n)
		}
		out = append(out, fmt.Sprintf("no requests are sent to %s: %s", list, reason))
	}
	return strings.Join(out, "; ")
}

func endpointName(e model.Endpoint) string {
	if e.Pod == "" {
		return "endpoint " + e.AddrPort().String()
	}
	return fmt.Sprintf("endpoint %s of pod %s", e.AddrPort(), e.Pod)
}
