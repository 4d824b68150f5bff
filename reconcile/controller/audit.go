package controller

import (
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
)

// forgetter drops what was observed of load balancers, so that the next pass reads the cloud.
type forgetter interface {
	Forget(ids ...model.ID)
}

// auditor has each load balancer read from the cloud again from time to time, to find drift.
type auditor struct {
	engine forgetter
	clock  clock.Clock
	period time.Duration // negative disables audits
}

// due reports whether this pass reads a load balancer from the cloud again, and sets when the next
// audit is due.
func (a auditor) due(id model.ID, next *time.Time) bool {
	if a.period < 0 {
		return false
	}
	now := a.clock.Now()
	due := !next.IsZero() && !now.Before(*next)
	if due {
		a.engine.Forget(id)
	}
	if due || next.IsZero() {
		*next = now.Add(jitter(a.period))
	}
	return due
}
