package main

import (
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// wouldTakeAway is what must be mended before a load balancer may lose anything.
func wouldTakeAway(problems []model.Problem) []model.Ref {
	var out []model.Ref
	for _, p := range distinct(slices.Clone(problems)) {
		if kube.Unreadable(p) && !slices.Contains(out, p.Origin) {
			out = append(out, p.Origin)
		}
	}
	return out
}
