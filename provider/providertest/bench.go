package providertest

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// BenchmarkTranslate measures Translate on load balancers of 10, 1,000 and 10,000 routes, ten to a
// host.
func BenchmarkTranslate(b *testing.B, p provider.Provider) {
	b.Helper()
	for _, n := range []int{10, 1000, 10000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			sealed, err := model.Seal(benchBalancer(n))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Translate(sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchBalancer(routes int) model.LoadBalancer {
	l := model.Listener{Port: 80, Protocol: model.HTTP}
	for i := range routes {
		r := prefix(fmt.Sprint("r", i), fmt.Sprintf("h%d.example.com", i/10), fmt.Sprintf("/p%d", i%10), "default/web:80")
		l.Routes = append(l.Routes, r)
	}
	return model.LoadBalancer{ID: "default/shop", Groups: []model.Group{{ID: "default/web:80", Port: 8080}}, Listeners: []model.Listener{l}}
}

// BenchmarkMembers measures Members and Compare on a group of 10 and of 1,000 endpoints in the
// given zones.
func BenchmarkMembers(b *testing.B, p provider.Provider, zones ...string) {
	b.Helper()
	for _, n := range []int{10, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			sealed, err := model.Seal(benchBalancer(1))
			if err != nil {
				b.Fatal(err)
			}
			eps := benchEndpoints(n, zones)
			b.ReportAllocs()
			for b.Loop() {
				want, err := p.Members(sealed, "default/web:80", eps)
				if err != nil || len(p.Compare(want[0], want[0])) > 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

func benchEndpoints(n int, zones []string) []model.Endpoint {
	all := make([]model.Endpoint, n)
	for i := range all {
		all[i] = model.Endpoint{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 8080, State: model.Ready}
		if len(zones) > 0 {
			all[i].Zone, all[i].Node = zones[i%len(zones)], "node-1"
		}
	}
	return all
}
