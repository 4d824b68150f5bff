package kube

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// ranked is an endpoint by its address alone. Sorting these is several times faster than sorting
// endpoints.
type ranked struct {
	high, low uint64 // of the address
	index     int32
}

// sorted sorts endpoints by address and port. Of those that share both it leaves the best.
func sorted(eps []model.Endpoint) []model.Endpoint {
	if len(eps) <= 32 || slices.IsSortedFunc(eps, compareEndpoints) {
		slices.SortFunc(eps, compareEndpoints)
		return slices.CompactFunc(eps, sameAddress)
	}
	order := make([]ranked, len(eps))
	for i := range eps {
		ip := eps[i].Address.As16()
		order[i] = ranked{binary.BigEndian.Uint64(ip[:8]), binary.BigEndian.Uint64(ip[8:]), int32(i)}
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
	permute(eps, order)
	return slices.CompactFunc(eps, sameAddress)
}

// permute applies an order in place. It moves each endpoint once, along its cycle.
func permute(eps []model.Endpoint, order []ranked) {
	for i := range order {
		first, to := eps[i], i
		for from := int(order[to].index); from != i; from = int(order[to].index) {
			eps[to], order[to].index = eps[from], int32(to)
			to = from
		}
		eps[to], order[to].index = first, int32(to)
	}
}

func sameAddress(a, b model.Endpoint) bool { return a.Address == b.Address && a.Port == b.Port }

func compareEndpoints(a, b model.Endpoint) int {
	if c := a.Address.Compare(b.Address); c != 0 {
		return c
	}
	return compareSameAddress(&a, &b)
}

// compareSameAddress orders by port, then puts the best state first, then the endpoint with a pod,
// a node or a zone.
func compareSameAddress(a, b *model.Endpoint) int {
	return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(rank(a.State), rank(b.State)),
		strings.Compare(b.Pod, a.Pod), strings.Compare(b.Node, a.Node), strings.Compare(b.Zone, a.Zone))
}
