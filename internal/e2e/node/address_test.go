package node

import (
	"net/netip"
	"testing"
)

func TestAddressesAreReusedLast(t *testing.T) {
	p := newPool(netip.MustParsePrefix("10.1.2.0/29")) // Hosts .1 to .6.
	var got []netip.Addr
	for range 6 {
		a, err := p.allocate()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if got[0] != netip.MustParseAddr("10.1.2.1") || got[5] != netip.MustParseAddr("10.1.2.6") {
		t.Errorf("the hosts of a /29: %v", got)
	}
	if a, err := p.allocate(); err == nil {
		t.Errorf("a full range gives %v", a)
	}
	p.release(got[1])
	p.release(got[4])
	for _, want := range []netip.Addr{got[1], got[4]} {
		if a, err := p.allocate(); err != nil || a != want {
			t.Errorf("after a round: %v, %v; want %v", a, err, want)
		}
	}
	p.release(got[4])
	p.release(got[2])
	if a, err := p.allocate(); err != nil || a != got[2] {
		t.Errorf("the address that came back first is given last: got %v, %v; want %v", a, err, got[2])
	}
}
