package providertest

import "github.com/headgate-io/headgate/internal/wire"

// OnWire makes the controls of an embedded cloud of this module.
func OnWire(w *wire.Wire) Controls {
	return Controls{
		Calls: func() Calls {
			var n Calls
			for _, call := range w.Calls() {
				n.count(call.Kind)
			}
			return n
		},
		Reset:      w.Reset,
		CrashAfter: w.CrashAfter,
		Inject:     func(f Fault) { w.Inject(wire.Fault{Writes: true, Times: f.Times, Kind: onWire(f.Kind)}) },
		Heal:       w.Heal,
	}
}

func (c *Calls) count(k wire.Kind) {
	switch k {
	case wire.Read:
		c.Reads++
	case wire.Write:
		c.Writes++
	case wire.Poll:
		c.Polls++
	}
}

func onWire(k FaultKind) wire.FaultKind {
	switch k {
	case Throttle:
		return wire.Throttle
	case FailBefore:
		return wire.FailBefore
	case FailAfter:
		return wire.FailAfter
	case LoseReply:
		return wire.LoseReply
	case Refuse:
		return wire.Refuse
	}
	return wire.FailBefore
}
