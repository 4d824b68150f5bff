package reconcile

import (
	"cmp"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// canonical returns endpoints in the form of a sealed model: sorted by address and port, without
// duplicates (the best state wins), and with Ready in place of the zero state. It returns eps
// itself if it already has that form.
func canonical(eps []model.Endpoint) []model.Endpoint {
	for i := range eps {
		if eps[i].State == "" || i > 0 && eps[i-1].AddrPort().Compare(eps[i].AddrPort()) >= 0 {
			return sortEndpoints(slices.Clone(eps))
		}
	}
	return eps
}

func sortEndpoints(eps []model.Endpoint) []model.Endpoint {
	for i := range eps {
		if eps[i].State == "" {
			eps[i].State = model.Ready
		}
	}
	slices.SortStableFunc(eps, func(a, b model.Endpoint) int {
		return cmp.Or(a.AddrPort().Compare(b.AddrPort()), cmp.Compare(rank(a.State), rank(b.State)))
	})
	return slices.CompactFunc(eps, func(a, b model.Endpoint) bool { return a.AddrPort() == b.AddrPort() })
}

// rank orders states, best first.
func rank(s model.EndpointState) int {
	switch s {
	case model.Ready:
		return 0
	case model.Draining:
		return 1
	case model.NotReady:
		return 2
	}
	return 3
}
