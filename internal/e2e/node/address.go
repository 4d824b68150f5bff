package node

import (
	"errors"
	"net/netip"
)

// pool hands out the addresses of one node's pods, each as late again as can be: an address that
// comes back at once would hide what happens to those who still send to the pod that had it.
type pool struct {
	prefix netip.Prefix
	last   netip.Addr
	used   map[netip.Addr]bool
}

func newPool(p netip.Prefix) *pool {
	masked := p.Masked()
	return &pool{prefix: masked, last: masked.Addr(), used: map[netip.Addr]bool{}}
}

// allocate returns the next free address. The first and last of the range are no host's.
func (p *pool) allocate() (netip.Addr, error) {
	start := p.last
	for next := p.after(start); next != start; next = p.after(next) {
		if !p.used[next] {
			p.last, p.used[next] = next, true
			return next, nil
		}
	}
	return netip.Addr{}, errors.New("allocate a pod address: the node's range is full")
}

// after is the host address that follows, round the range.
func (p *pool) after(a netip.Addr) netip.Addr {
	next := a.Next()
	if !p.prefix.Contains(next) || !p.prefix.Contains(next.Next()) {
		return p.prefix.Addr().Next()
	}
	return next
}

func (p *pool) release(a netip.Addr) { delete(p.used, a) }
