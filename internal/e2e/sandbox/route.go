package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
)

// localTable is the kernel's routing table of local addresses (ip-route(8), "local").
const localTable = 255

// Claim makes every address of a range local to this machine, so that a process can listen on any
// of them. It returns a function that releases the range. It is the same as `ip route add local
// RANGE dev lo`. Releasing a range that was already local does nothing.
func Claim(prefix netip.Prefix) (release func() error, err error) {
	route, err := localRoute(prefix)
	if err != nil {
		return nil, err
	}
	if err := netlink.RouteAdd(route); errors.Is(err, syscall.EEXIST) {
		return func() error { return nil }, nil
	} else if err != nil {
		return nil, fmt.Errorf("route %s to loopback: %w", prefix, err)
	}
	return func() error { return giveBack(route, prefix) }, nil
}

func giveBack(route *netlink.Route, prefix netip.Prefix) error {
	if err := netlink.RouteDel(route); err != nil {
		return fmt.Errorf("remove the route of %s: %w", prefix, err)
	}
	return nil
}

func localRoute(prefix netip.Prefix) (*netlink.Route, error) {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return nil, fmt.Errorf("find loopback: %w", err)
	}
	masked := prefix.Masked()
	bits := masked.Addr().BitLen()
	return &netlink.Route{
		LinkIndex: lo.Attrs().Index,
		Dst:       &net.IPNet{IP: masked.Addr().AsSlice(), Mask: net.CIDRMask(masked.Bits(), bits)},
		Type:      syscall.RTN_LOCAL,
		Scope:     netlink.SCOPE_HOST,
		Table:     localTable,
	}, nil
}
