package node

import (
	"errors"
	"net/netip"
)

// pool allocates the addresses of one node's pods, and reuses an address as late as possible:
// immediate reuse would hide what happens to clients that still send to the old pod.
type pool struct {
	prefix netip.Prefix
	last   netip.Addr
	used   map[netip.Addr]bool
}

func newPool(p netip.Prefix) *pool {
	masked := p.Masked()
	return &pool{prefix: masked, last: masked.Addr(), used: map[netip.Addr]bool{}}
}

// allocate returns the next free address. The first and the last address of the range are not
// hosts.
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

// after returns the next host address, and wraps around at the end of the range.
func (p *pool) after(a netip.Addr) netip.Addr {
	next := a.Next()
	if !p.prefix.Contains(next) || !p.prefix.Contains(next.Next()) {
		return p.prefix.Addr().Next()
	}
	return next
}

func (p *pool) release(a netip.Addr) { delete(p.used, a) }
