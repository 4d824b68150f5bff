package cloudtest

// FaultKind is what goes wrong with a call.
type FaultKind int

// The kinds of faults.
const (
	// Throttle answers with the cloud's throttling reply; the call has no effect.
	Throttle FaultKind = iota
	// FailBefore answers with the cloud's internal error; the call has no effect.
	FailBefore
	// FailAfter answers with the cloud's internal error after the call has taken effect.
	FailAfter
	// LoseReply cuts the connection after the call has taken effect.
	LoseReply
	// Refuse cuts the connection; the call has no effect.
	Refuse
)

// String names the kind.
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

// Fault changes what happens to the calls that match.
type Fault struct {
	// API is the operation that fails; empty is any.
	API string
	// Writes spares calls that change nothing.
	Writes bool
	// Skip lets that many matching calls pass first.
	Skip int
	// Times is how many calls fail; 0 is all until Heal.
	Times int
	// Kind is what happens to them.
	Kind FaultKind
}

// fate is what becomes of one call.
type fate int

const (
	passed fate = iota
	throttled
	failedBefore
	failedAfter
	lostAfter
	refused
)

// runs tells whether the control plane handles a call of this fate.
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

// Inject adds a fault. Of several that match a call, the first injected one that is not used up
// takes it.
func (w *Wire) Inject(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &f)
}

// Heal removes every fault and ends a crash. Latency stays.
func (w *Wire) Heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
	w.crash = nil
}

// decide consumes the fault or the step of a crash that meets a call. The lock is held.
func (w *Wire) decide(c *Call) fate {
	if w.crash != nil && w.crash.left == 0 {
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
