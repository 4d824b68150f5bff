package providertest

import "github.com/headgate-io/headgate/internal/wire"

// OnWire makes the controls of an embedded cloud of this module.
func OnWire(w *wire.Wire) Controls {
	return Controls{
		Calls: func() Calls {
			var n Calls
			for _, c := range w.Calls() {
				n.count(c.Kind)
			}
			return n
		},
		Reset:      w.Reset,
		CrashAfter: w.CrashAfter,
		Inject:     func(f Fault) { w.Inject(wire.Fault{Writes: true, Times: f.Times, Kind: onWire(f.Kind)}) },
		Heal:       w.Heal,
	}
}

func (n *Calls) count(k wire.Kind) {
	switch k {
	case wire.Read:
		n.Reads++
	case wire.Write:
		n.Writes++
	case wire.Poll:
		n.Polls++
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
