package dataplane

// Health is what a pool knows of a target.
type Health int

// The states of a target.
const (
	// Unused targets are not checked, because nothing refers to their pool.
	Unused Health = iota
	// Initial targets have not had enough checks for a verdict.
	Initial
	// Healthy targets passed their checks.
	Healthy
	// Unhealthy targets failed their checks.
	Unhealthy
	// Draining targets were removed and finish the requests they have.
	Draining
)

// String names the state.
func (h Health) String() string {
	switch h {
	case Unused:
		return "unused"
	case Initial:
		return "initial"
	case Healthy:
		return "healthy"
	case Unhealthy:
		return "unhealthy"
	case Draining:
		return "draining"
	default:
		return "unknown"
	}
}

// verdict is the health of a target by its checks, and the run of equal results that leads to the
// next.
type verdict struct {
	health Health
	streak int // consecutive results: good ones above zero, bad ones below
}

// after is the verdict when one more result is known.
func (v verdict) after(good bool, c PoolConfig) verdict {
	if good {
		v.streak = max(v.streak, 0) + 1
	} else {
		v.streak = min(v.streak, 0) - 1
	}
	if v.health == Initial && c.FirstCheckOpens {
		v.health = firstVerdict(good)
		return v
	}
	switch {
	case v.streak >= max(c.Check.Healthy, 1):
		v.health = Healthy
	case -v.streak >= max(c.Check.Unhealthy, 1):
		v.health = Unhealthy
	}
	return v
}

func firstVerdict(good bool) Health {
	if good {
		return Healthy
	}
	return Unhealthy
}
