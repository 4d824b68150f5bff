package providertest

import "github.com/headgate-io/headgate/provider/cloudtest"

// OnWire returns the controls of an embedded cloud of this module.
func OnWire(w *cloudtest.Wire) Controls {
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
		Inject:     func(f Fault) { w.Inject(cloudtest.Fault{Writes: true, Times: f.Times, Kind: onWire(f.Kind)}) },
		Heal:       w.Heal,
	}
}

func (c *Calls) count(k cloudtest.Kind) {
	switch k {
	case cloudtest.Read:
		c.Reads++
	case cloudtest.Write:
		c.Writes++
	case cloudtest.Poll:
		c.Polls++
	}
}

func onWire(k FaultKind) cloudtest.FaultKind {
	switch k {
	case Throttle:
		return cloudtest.Throttle
	case FailBefore:
		return cloudtest.FailBefore
	case FailAfter:
		return cloudtest.FailAfter
	case LoseReply:
		return cloudtest.LoseReply
	case Refuse:
		return cloudtest.Refuse
	}
	return cloudtest.FailBefore
}
