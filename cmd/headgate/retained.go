package main

import (
	"slices"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// unreadableRefs returns the parts of objects that cannot be read. Until they are fixed, their load
// balancer retains its routes.
func unreadableRefs(problems []model.Problem) []model.Ref {
	var out []model.Ref
	for _, p := range distinct(slices.Clone(problems)) {
		if kube.Unreadable(p) && !slices.Contains(out, p.Origin) {
			out = append(out, p.Origin)
		}
	}
	return out
}
