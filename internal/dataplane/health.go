package dataplane

// Health is the state of a target.
type Health int

// The states of a target.
const (
	// Unused targets belong to a pool without references, and are not checked.
	Unused Health = iota
	// Initial targets have not had enough checks yet.
	Initial
	// Healthy targets passed their checks.
	Healthy
	// Unhealthy targets failed their checks.
	Unhealthy
	// Draining targets were removed and finish their requests.
	Draining
)

// String returns the name of the state.
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

// verdict is the health of a target according to its checks.
type verdict struct {
	health Health
	streak int // consecutive equal results, negative for bad ones
}

// after returns the verdict after one more result.
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
