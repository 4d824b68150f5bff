package providertest

import (
	"cmp"
	"context"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
)

// A data plane may differ from the model for a while after a change. It fails once it has made no
// progress for leastReal on the clock of the machine and leastClock on that of the cloud. While it
// is only unavailable it has all of patience, since health checks take their time on a busy
// machine.
const (
	leastReal  = time.Second
	leastClock = 10 * time.Minute
	pause      = 10 * time.Millisecond // between two attempts
)

// transition is the time that a data plane has to follow a change.
type transition struct {
	clock        clock.Clock
	began, since time.Time // on the clock of the machine, and on that of the cloud
}

func (s *stage) transition() *transition {
	tr := &transition{clock: s.Clock}
	if tr.clock == nil {
		tr.clock = clock.System()
	}
	tr.restart()
	return tr
}

// restart gives the data plane the same time again.
func (tr *transition) restart() { tr.began, tr.since = time.Now(), tr.clock.Now() }

// over waits for a moment, and reports whether the time is over.
func (tr *transition) over(unavailable bool) bool {
	<-time.After(pause)
	passed := time.Since(tr.began)
	return passed > patience || !unavailable && passed > leastReal && tr.clock.Now().Sub(tr.since) > leastClock
}

// compare sends the requests, and repeats those whose answers differ from the model, until none
// does or the data plane makes no progress. It returns the first objection that remains.
func (s *stage) compare(ctx context.Context, o oracle, address string, requests []model.Request) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*patience)
	defer cancel()
	c := s.visitor(address)
	defer c.http.CloseIdleConnections()
	for tr := s.transition(); ; s.hurry() {
		left, first, unavailable := []model.Request(nil), "", true
		for _, q := range requests {
			got := c.ask(ctx, q)
			if objection := o.objection(q, got); objection != "" {
				left = append(left, q)
				first = cmp.Or(first, objection)
				unavailable = unavailable && got.unavailable()
			}
		}
		if first == "" || ctx.Err() != nil || tr.over(unavailable) {
			return first
		}
		if len(left) < len(requests) {
			tr.restart()
		}
		requests = left
	}
}
