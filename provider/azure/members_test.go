package azure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func endpoint(address string, port int) model.Endpoint {
	return model.Endpoint{Address: netip.MustParseAddr(address), Port: port, Pod: "default/pod", State: model.Ready}
}

// manyEndpoints returns n endpoints from 10.0.0.0 on.
func manyEndpoints(n int) []model.Endpoint {
	var all []model.Endpoint
	for i := range n {
		all = append(all, endpoint(fmt.Sprintf("10.0.%d.%d", i/256, i%256), 8080))
	}
	return all
}

func sealGroup(t *testing.T, endpoints ...model.Endpoint) model.Sealed {
	t.Helper()
	s, err := model.Seal(model.LoadBalancer{
		ID: "default/shop", Origins: []model.Ref{{Kind: "Ingress", Namespace: "default", Name: "shop"}},
		Groups:    []model.Group{{ID: "default/web:80", Port: 8080, Endpoints: endpoints, Origins: []model.Ref{{Kind: "Service", Namespace: "default", Name: "web"}}}},
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{{Name: "web", Action: model.ForwardTo("default/web:80")}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func addressesOfGroup(t *testing.T, s model.Sealed, endpoints []model.Endpoint) []string {
	t.Helper()
	rs, err := testProvider(t, "shared").Members(s, "default/web:80", endpoints)
	if err != nil || len(rs) != 1 {
		t.Fatalf("%d resources, %v", len(rs), err)
	}
	return rs[0].Spec.(MembersSpec).Addresses
}

// Of too many endpoints, the first by address are members, in whatever order they come.
func TestTooManyEndpointsAreCutInAStableOrder(t *testing.T) {
	all := manyEndpoints(maxPoolMembers + 5)
	s := sealGroup(t, all...)
	var want []string
	for _, e := range all[:maxPoolMembers] {
		want = append(want, e.Address.String())
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, addressesOfGroup(t, s, all)); diff != "" {
		t.Error(diff)
	}
	slices.Reverse(all)
	if diff := cmp.Diff(want, addressesOfGroup(t, s, all)); diff != "" {
		t.Errorf("in another order: %s", diff)
	}
	refusals := testProvider(t, "shared").Refuse(s)
	checkReported(t, refusals, "1200 members", "endpoint 10.0.4.176:8080 of pod default/pod", "and 2 more")
}

// Members of a pool have the port of its settings, also while a Service has pods on two ports.
func TestMembersHaveThePortOfTheSettings(t *testing.T) {
	s := sealGroup(t, endpoint("10.0.0.1", 8080))
	got := addressesOfGroup(t, s, []model.Endpoint{
		// the last was read from a pool
		endpoint("10.0.0.1", 8080), endpoint("10.0.0.2", 9090), {Address: netip.MustParseAddr("10.0.0.3")},
	})
	if diff := cmp.Diff([]string{"10.0.0.1", "10.0.0.3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestIPv6EndpointsAreReported(t *testing.T) {
	mixed := []model.Endpoint{endpoint("10.0.0.1", 8080), endpoint("2001:db8::1", 8080)}
	if diff := cmp.Diff([]string{"10.0.0.1"}, addressesOfGroup(t, sealGroup(t, mixed...), mixed)); diff != "" {
		t.Error(diff)
	}
	checkReported(t, testProvider(t, "shared").Refuse(sealGroup(t, mixed...)), "[2001:db8::1]:8080", "IPv4 only")

	refusals := testProvider(t, "shared").Refuse(sealGroup(t, mixed[1]))
	if len(refusals) != 1 || refusals[0].Part.Group != "default/web:80" || refusals[0].Problems[0].Reason != model.ReasonUnsupported {
		t.Errorf("a group that has only IPv6 addresses: %+v", refusals)
	}
}

// checkReported fails unless there is one report about the Service that refuses nothing.
func checkReported(t *testing.T, refusals []provider.Refusal, texts ...string) {
	t.Helper()
	if len(refusals) != 1 || refusals[0].Part != (model.Part{}) || len(refusals[0].Problems) != 1 {
		t.Fatalf("refusals are %+v", refusals)
	}
	p := refusals[0].Problems[0]
	for _, text := range texts {
		if p.Origin.Kind != "Service" || p.Reason != model.ReasonDiffers || !strings.Contains(p.Message, text) {
			t.Errorf("problem is %+v, want one with %q", p, text)
		}
	}
}
