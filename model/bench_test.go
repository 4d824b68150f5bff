package model_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/headgate-io/headgate/model"
)

// large is n routes of Ingress objects with ten paths each, and a group for every ten routes with
// ten endpoints each.
func large(n int) model.LoadBalancer {
	lb := model.LoadBalancer{ID: "default/large"}
	l := model.Listener{Port: 80, Protocol: model.HTTP}
	for i := range max(1, n/10) {
		g := model.Group{ID: model.GroupID(fmt.Sprintf("default/service-%d:80", i)), Port: 8080}
		for j := range 10 {
			g.Endpoints = append(g.Endpoints, model.Endpoint{
				Address: netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), byte(j + 1)}), Port: 8080, Zone: "zone-a",
				Node: "node-1", Pod: fmt.Sprintf("default/pod-%d-%d", i, j),
			})
		}
		lb.Groups = append(lb.Groups, g)
	}
	for i := range n {
		l.Routes = append(l.Routes, model.Route{
			Name:    fmt.Sprintf("default/ingress-%d/%d", i/10, i%10),
			Hosts:   []model.Host{{Name: fmt.Sprintf("host-%d.example.com", i/10)}},
			Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: fmt.Sprintf("/service/%d", i%10)}}},
			Action:  model.ForwardTo(lb.Groups[i/10%len(lb.Groups)].ID),
			Origin:  model.Ref{Kind: "Ingress", Namespace: "default", Name: fmt.Sprintf("ingress-%d", i/10), Field: "spec.rules[0]"},
		})
	}
	lb.Listeners = []model.Listener{l}
	return lb
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		lb := large(n)
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				seal(b, lb)
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		s := seal(b, large(n))
		r := model.Request{Host: fmt.Sprintf("host-%d.example.com", n/20), Path: "/service/7/a/b/c", Method: "GET"}
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := model.Decide(s, r); d.Route == "" {
					b.Fatal("no route")
				}
			}
		})
	}
}

// BenchmarkDecideOneHost has all routes on one host.
func BenchmarkDecideOneHost(b *testing.B) {
	lb := large(10_000)
	for i := range lb.Listeners[0].Routes {
		lb.Listeners[0].Routes[i].Hosts = nil
		lb.Listeners[0].Routes[i].Matches[0].Path.Value = fmt.Sprintf("/service/%d", i)
	}
	s := seal(b, lb)
	b.ReportAllocs()
	for b.Loop() {
		if d := model.Decide(s, model.Request{Path: "/service/7777/a/b/c"}); d.Route == "" {
			b.Fatal("no route")
		}
	}
}

// BenchmarkOrder is what the first look at a sealed model costs.
func BenchmarkOrder(b *testing.B) {
	lb := large(10_000)
	for b.Loop() {
		b.StopTimer()
		s := seal(b, lb)
		b.StartTimer()
		s.Entries(0)
	}
}

func BenchmarkCheck(b *testing.B) {
	s := seal(b, large(10_000))
	c := capable()
	b.ReportAllocs()
	for b.Loop() {
		model.Check(s, c)
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	s := seal(t, large(100))
	r := model.Request{Host: "host-3.example.com", Path: "/service/7/a", Method: "GET"}
	if d := model.Decide(s, r); d.Route == "" {
		t.Fatal("no route")
	}
	if n := testing.AllocsPerRun(100, func() { model.Decide(s, r) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}
