package gcp

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"github.com/headgate-io/headgate/model"
)

func endpoints(n int) []model.Endpoint {
	all := make([]model.Endpoint, n)
	for i := range all {
		all[i] = model.Endpoint{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), Port: 8080, State: model.Ready,
			Zone: "us-central1-" + string("abc"[i%3]), Node: "node-1"}
	}
	return all
}

func BenchmarkMembers(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			lb, err := model.Seal(model.LoadBalancer{ID: "default/shop", Groups: []model.Group{{ID: "default/web:80"}}})
			if err != nil {
				b.Fatal(err)
			}
			p, eps := offline(b), endpoints(n)
			b.ReportAllocs()
			for b.Loop() {
				want, err := p.Members(lb, "default/web:80", eps)
				if err != nil || len(p.Compare(want[0], want[0])) > 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTranslate(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			lb := model.LoadBalancer{ID: "default/shop", Groups: []model.Group{{ID: "default/web:80"}}, Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
			for i := range n {
				lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{
					Name: fmt.Sprint("r", i), Hosts: hostsOf(b, model.AnyLabels, fmt.Sprintf("h%d.example.com", i/10)),
					Matches: matching(model.PathPrefix, fmt.Sprintf("/p%d", i%10)), Action: model.ForwardTo("default/web:80"),
				})
			}
			sealed, err := model.Seal(lb)
			if err != nil {
				b.Fatal(err)
			}
			p := offline(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Translate(sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
