package kube_test

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	discoveryv1 "k8s.io/api/discovery/v1"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

var web = kube.Backend{Namespace: "shop", Service: "web", Port: "http"}

func TestMembersDistinguishesUnknownFromEmpty(t *testing.T) {
	empty := sliceOf("shop", "web", 0, 0)
	foreign := sliceOf("shop", "other", 0, 3)
	elsewhere := sliceOf("other", "web", 0, 3)
	names := &discoveryv1.EndpointSlice{ObjectMeta: empty.ObjectMeta, AddressType: discoveryv1.AddressTypeFQDN}
	for name, c := range map[string]struct {
		slices []*discoveryv1.EndpointSlice
		want   model.Membership
	}{
		"no slice":                  {nil, model.MembersUnknown},
		"slices of others":          {[]*discoveryv1.EndpointSlice{foreign, elsewhere}, model.MembersUnknown},
		"a slice without endpoints": {[]*discoveryv1.EndpointSlice{foreign, empty}, model.MembersKnown},
		"a slice of host names":     {[]*discoveryv1.EndpointSlice{names}, model.MembersKnown},
	} {
		eps, known, _ := web.Members(c.slices, nil)
		if len(eps) != 0 || known != c.want {
			t.Errorf("%s: got %d endpoints, %s; want none, %s", name, len(eps), known, c.want)
		}
	}
}

func TestNodeMembersAreUnknownWithoutNodes(t *testing.T) {
	k := web
	k.Target, k.NodePort = model.TargetNode, 30080
	if eps, known, _ := k.Members(nil, nil); len(eps) != 0 || known != model.MembersUnknown {
		t.Errorf("got %d endpoints, %s", len(eps), known)
	}
}

// TestMembersDoNotDependOnTheOrderOfSlices also checks that the result is sorted, and that it has
// each address once.
func TestMembersDoNotDependOnTheOrderOfSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var slices []*discoveryv1.EndpointSlice
		addresses := map[string]bool{}
		for i := range rapid.IntRange(1, 5).Draw(t, "slices") {
			s := sliceOf("shop", "web", i, 0)
			for j := range rapid.IntRange(0, 60).Draw(t, "endpoints") {
				s.Endpoints = append(s.Endpoints, anEndpoint(t, i, j))
				addresses[s.Endpoints[j].Addresses[0]] = true
			}
			slices = append(slices, s)
		}
		want, _, _ := web.Members(slices, nil)
		got, _, _ := web.Members(rapid.Permutation(slices).Draw(t, "shuffled"), nil)
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Fatal(diff)
		}
		if len(got) != len(addresses) {
			t.Fatalf("got %d endpoints of %d addresses", len(got), len(addresses))
		}
		for i := 1; i < len(got); i++ {
			if got[i-1].Address.Compare(got[i].Address) >= 0 {
				t.Fatalf("%v comes before %v", got[i-1].Address, got[i].Address)
			}
		}
	})
}

func anEndpoint(t *rapid.T, i, j int) discoveryv1.Endpoint {
	ready, serving := rapid.Bool().Draw(t, "ready"), rapid.Bool().Draw(t, "serving")
	terminating := rapid.Bool().Draw(t, "terminating")
	node := "n" + strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "node"))
	return discoveryv1.Endpoint{
		Addresses:  []string{"10.0." + strconv.Itoa(rapid.IntRange(0, 1).Draw(t, "net")) + "." + strconv.Itoa(rapid.IntRange(1, 40).Draw(t, "host"))},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating},
		NodeName:   &node,
	}
}
