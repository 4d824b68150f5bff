package gcp_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
	"github.com/headgate-io/headgate/reconcile"
)

// misplaced returns endpoints that cannot be in a zonal group, and a part of the reason.
func misplaced() map[string]model.Endpoint {
	at := model.Endpoint{Address: netip.MustParseAddr("10.0.0.9"), Port: 8080, Zone: "us-central1-a", Node: "node-1", Pod: "default/bad-0"}
	change := func(f func(*model.Endpoint)) model.Endpoint {
		e := at
		f(&e)
		return e
	}
	return map[string]model.Endpoint{
		"10.0.0.9:8080 of pod default/bad-0 receives no requests: it has no zone": change(func(e *model.Endpoint) { e.Zone = "" }),
		"10.0.0.9:8080 receives no requests: it names no node":                    change(func(e *model.Endpoint) { e.Node, e.Pod = "", "" }),
		`"moon" is not a zone`: change(func(e *model.Endpoint) { e.Zone = "moon" }),
		"only IPv4":            change(func(e *model.Endpoint) { e.Address = netip.MustParseAddr("2001:db8::1") }),
	}
}

// TestMisplacedEndpointsAreReported checks that an endpoint which cannot be in a zonal group is
// reported on its object. A group without any other endpoint is refused, and nothing else is.
func TestMisplacedEndpointsAreReported(t *testing.T) {
	t.Parallel()
	p := newCloud(t, gcptest.Options{Dial: refuse}).process(t)
	for want, e := range misplaced() {
		for _, alone := range []bool{true, false} {
			lb := shared(t, 80, model.HTTP)
			if alone {
				lb.Groups[1].Endpoints = nil
			}
			lb.Groups[1].Endpoints = append(lb.Groups[1].Endpoints, e)
			sealed, err := model.Seal(lb)
			if err != nil {
				t.Fatal(err)
			}
			left, problems, ok := reconcile.Accept(p, sealed)
			if !ok || len(problems) != 1 || problems[0].Origin != object("bad") || !strings.Contains(problems[0].Message, want) || problems[0].Refuses() != alone {
				t.Errorf("%s, alone %v: problems %v", want, alone, problems)
			}
			if served := slices.ContainsFunc(left.Groups(), func(g model.Group) bool { return g.ID == "default/bad:80" }); served == alone {
				t.Errorf("%s, alone %v: the group is left %v", want, alone, served)
			}
		}
	}
}

func TestManyMisplacedEndpointsAreOneProblem(t *testing.T) {
	t.Parallel()
	lb := shared(t, 80, model.HTTP)
	for i := range 20 {
		lb.Groups[1].Endpoints = append(lb.Groups[1].Endpoints, model.Endpoint{Address: netip.AddrFrom4([4]byte{10, 1, 0, byte(i)}), Port: 80, Node: "node-1"})
	}
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	_, problems, _ := reconcile.Accept(newCloud(t, gcptest.Options{Dial: refuse}).process(t), sealed)
	if len(problems) != 1 || !strings.HasSuffix(problems[0].Message, "and 17 more endpoints") || strings.Count(problems[0].Message, "10.1.0.") != 3 {
		t.Errorf("problems %v", problems)
	}
}
