package cloudtest

// FaultKind is a way in which a call fails.
type FaultKind int

// The kinds of faults.
const (
	// Throttle replies as the cloud does for too many calls. The call has no effect.
	Throttle FaultKind = iota
	// FailBefore replies with the cloud's internal error. The call has no effect.
	FailBefore
	// FailAfter replies with the cloud's internal error after the call has taken effect.
	FailAfter
	// LoseReply closes the connection after the call has taken effect.
	LoseReply
	// Refuse closes the connection. The call has no effect.
	Refuse
)

// String returns the name of the kind.
func (k FaultKind) String() string {
	switch k {
	case Throttle:
		return "throttle"
	case FailBefore:
		return "fail before"
	case FailAfter:
		return "fail after"
	case LoseReply:
		return "lose reply"
	case Refuse:
		return "refuse"
	default:
		return "unknown fault"
	}
}

// Fault is a fault of the calls that match it.
type Fault struct {
	// API is the operation; empty matches any.
	API string
	// Writes matches only writes.
	Writes bool
	// Skip is how many matching calls succeed first.
	Skip int
	// Times is how many calls fail; 0 is all until Heal.
	Times int
	// Kind is how they fail.
	Kind FaultKind
}

// fate is how one call ends.
type fate int

const (
	passed fate = iota
	throttled
	failedBefore
	failedAfter
	lostAfter
	refused
)

// runs reports whether the control plane handles a call of this fate.
func (f fate) runs() bool { return f == passed || f == failedAfter || f == lostAfter }

func (k FaultKind) fate() fate {
	switch k {
	case Throttle:
		return throttled
	case FailBefore:
		return failedBefore
	case FailAfter:
		return failedAfter
	case LoseReply:
		return lostAfter
	case Refuse:
		return refused
	default:
		return passed
	}
}

// Inject adds a fault. If several match a call, the first injected one applies that is not used up.
func (w *Wire) Inject(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &f)
}

// Heal removes all faults and ends a crash. Latency stays.
func (w *Wire) Heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
	w.crash = nil
}

// decide returns the fate of a call, and counts the fault or the crash that causes it. The caller
// has locked the wire.
func (w *Wire) decide(c *Call) fate {
	if w.crash != nil && w.crash.writes == 0 {
		return refused
	}
	for i, f := range w.faults {
		if !f.matches(c) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times == 1 {
			w.faults = append(w.faults[:i:i], w.faults[i+1:]...)
		}
		f.Times--
		return w.crashing(c, f.Kind.fate())
	}
	return w.crashing(c, passed)
}

func (f *Fault) matches(c *Call) bool {
	return (f.API == "" || f.API == c.API) && (!f.Writes || c.Kind == Write)
}
