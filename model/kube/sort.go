package kube

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// ranked is the place of an endpoint by address alone. Sorting these is several times faster than moving endpoints about.
type ranked struct {
	high, low uint64 // of the address
	index     int32
}

// sorted orders endpoints by address and port and drops all but the best of those that share both.
func sorted(eps []model.Endpoint) []model.Endpoint {
	if len(eps) <= 32 || slices.IsSortedFunc(eps, compareEndpoints) {
		slices.SortFunc(eps, compareEndpoints)
		return slices.CompactFunc(eps, func(a, b model.Endpoint) bool { return a.Address == b.Address && a.Port == b.Port })
	}
	order := make([]ranked, len(eps))
	for i := range eps {
		ip := eps[i].Address.As16()
		order[i] = ranked{binary.BigEndian.Uint64(ip[:8]), binary.BigEndian.Uint64(ip[8:]), int32(i)} //nolint:gosec // far fewer
	}
	slices.SortFunc(order, func(x, y ranked) int {
		if x.low != y.low && x.high == y.high {
			return cmp.Compare(x.low, y.low)
		}
		if x.high != y.high {
			return cmp.Compare(x.high, y.high)
		}
		return compareSameAddress(&eps[x.index], &eps[y.index])
	})
	out := make([]model.Endpoint, 0, len(eps))
	for _, o := range order {
		e := &eps[o.index]
		if n := len(out); n > 0 && out[n-1].Address == e.Address && out[n-1].Port == e.Port {
			continue
		}
		out = append(out, *e)
	}
	return out
}

func compareEndpoints(a, b model.Endpoint) int {
	if c := a.Address.Compare(b.Address); c != 0 {
		return c
	}
	return compareSameAddress(&a, &b)
}

// compareSameAddress puts the best state first, then the one that says most: with a pod, a node, a zone.
func compareSameAddress(a, b *model.Endpoint) int {
	return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(rank(a.State), rank(b.State)),
		strings.Compare(b.Pod, a.Pod), strings.Compare(b.Node, a.Node), strings.Compare(b.Zone, a.Zone))
}
