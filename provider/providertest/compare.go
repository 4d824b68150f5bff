package providertest

import (
	"cmp"
	"context"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
)

// A data plane may disagree for a while after a change. It has failed once leastReal of the
// machine's time and leastClock of the cloud's have passed without progress, or longestReal.
const (
	leastReal   = time.Second
	leastClock  = 10 * time.Minute
	longestReal = 20 * time.Second
	pauseReal   = 10 * time.Millisecond
)

// transition is the time that a data plane has to follow a change.
type transition struct {
	clock      clock.Clock
	real, then time.Time
}

func (s *stage) transition() *transition {
	tr := &transition{clock: s.Clock}
	if tr.clock == nil {
		tr.clock = clock.System()
	}
	tr.restart()
	return tr
}

// restart gives the data plane as much time again.
func (tr *transition) restart() { tr.real, tr.then = time.Now(), tr.clock.Now() }

// wait lets the data plane work for a moment.
func (*transition) wait() { <-time.After(pauseReal) }

// over reports whether the data plane has had its time.
func (tr *transition) over() bool {
	passed := time.Since(tr.real)
	return passed > longestReal || passed > leastReal && tr.clock.Now().Sub(tr.then) > leastClock
}

// compare sends the requests, and once more those whose answers differ from the model, until none
// does or the data plane makes no progress. It returns the first objection that is left.
func (s *stage) compare(ctx context.Context, o oracle, address string, requests []model.Request) string {
	c := s.visitor(address)
	defer c.http.CloseIdleConnections()
	for tr := s.transition(); ; s.hurry() {
		left, first := []model.Request(nil), ""
		for _, q := range requests {
			if objection := o.objection(q, c.ask(ctx, q)); objection != "" {
				left = append(left, q)
				first = cmp.Or(first, objection)
			}
		}
		if first == "" || tr.over() {
			return first
		}
		if len(left) < len(requests) {
			tr.restart()
		}
		tr.wait()
		requests = left
	}
}
