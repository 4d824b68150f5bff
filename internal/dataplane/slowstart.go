package dataplane

import "time"

// ramp is the slow start of a target: its share of requests grows linearly. The zero value is no
// slow start.
type ramp struct {
	begin  time.Time
	credit float64 // requests that the target may still receive
}

// enterSlowStart begins the slow start of a target that became healthy, if another target that is
// not in slow start is healthy.
func (p *Pool) enterSlowStart(t *target) {
	t.ramp = ramp{}
	if p.config.SlowStart <= 0 {
		return
	}
	for _, other := range p.serving {
		if other != t && other.verdict.health == Healthy && p.share(other) == 1 {
			t.ramp.begin = p.clock.Now()
			return
		}
	}
}

// share returns the share of a target in the requests that it would receive without slow start,
// from 0 to 1.
func (p *Pool) share(t *target) float64 {
	if t.ramp.begin.IsZero() || p.config.SlowStart <= 0 {
		return 1
	}
	return min(1, float64(p.clock.Now().Sub(t.ramp.begin))/float64(p.config.SlowStart))
}

// admits reports whether a target in its turn receives the request.
func (p *Pool) admits(t *target) bool {
	share := p.share(t)
	if share == 1 {
		return true
	}
	t.ramp.credit += share
	if t.ramp.credit < 1 {
		return false
	}
	t.ramp.credit--
	return true
}
