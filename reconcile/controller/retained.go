package controller

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// retained identifies the claimants for which a load balancer retains its last known good
// configuration. It is empty if it retains nothing.
type retained string

// retainer has the engine retain the last known good configuration of load balancers.
type retainer struct {
	retain func(id model.ID, on bool, causes ...model.Ref)
}

// update retains what a load balancer serves if parts of its objects cannot be read when this
// process starts: the engine does not know what these parts served before. That ends when the parts
// are fixed, or when any of the objects changes.
func (r retainer) update(id model.ID, b *balancer, configured bool, claiming, released []claimant) {
	now := retained("")
	if len(released) == 0 && slices.ContainsFunc(b.problems, kube.Unreadable) {
		now = fingerprint(claiming)
	}
	if configured && now != b.retained {
		now = ""
	}
	b.retained = now
	r.retain(id, now != "")
}

// fingerprint identifies one state of some objects.
func fingerprint(claimants []claimant) retained {
	lines := make([]string, len(claimants))
	for i, c := range claimants {
		lines[i] = fmt.Sprintf("%s %d %v", c.ref(), c.object.GetGeneration(), c.object.GetAnnotations())
	}
	slices.Sort(lines)
	return retained(strings.Join(lines, "\n"))
}
