package providertest

import "github.com/headgate-io/headgate/internal/wire"

// OnWire makes the controls of an embedded cloud of this module.
func OnWire(w *wire.Wire) Controls {
	return Controls{
		Calls: func() Calls {
			all, writes := len(w.Calls()), len(w.Writes())
			return Calls{Reads: all - writes, Writes: writes}
		},
		Reset:      w.Reset,
		CrashAfter: w.CrashAfter,
		Inject:     func(f Fault) { w.Inject(wire.Fault{Writes: true, Times: f.Times, Kind: onWire(f.Kind)}) },
		Heal:       w.Heal,
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
