//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
)

// testRoll replaces the ten pods of a Service one by one, as a Deployment does. Each old pod ends
// once its endpoint is deregistered.
func testRoll(t *testing.T, h Harness) {
	p := scenario{make: func(_ *testing.T, p *pods) change {
		before := p.shop(balancer)
		return change{before: &before, probes: shopProbes()}
	}}.play(t, h)
	p.begin(t)
	e := p.engine()
	lb := *p.before
	p.apply(t, e, &lb)
	old, next := p.pods.endpoints("web", 0, 10), p.pods.endpoints("web", 10, 20)
	for i := range old {
		if err := e.SetEndpoints(balancer, web, slices.Concat(old[i+1:], next[:i+1]), model.MembersKnown); err != nil {
			t.Fatal(err)
		}
		p.sync(t, e, balancer)
		if p.traffic != nil {
			// the request in flight when the endpoint was deregistered completes, as within the
			// grace period of a pod
			p.traffic.flow(2)
		}
		p.pods.stop(t, old[i])
	}
	if p.traffic != nil {
		p.traffic.lossless(t)
	}
	lb.Groups = slices.Clone(lb.Groups)
	webOf(&lb).Endpoints = next
	p.settled(t, &lb)
}

// testNeighbour creates, changes and deletes a load balancer while another one serves, possibly in
// the same write scope.
func testNeighbour(t *testing.T, h Harness) {
	p := scenario{make: func(_ *testing.T, p *pods) change {
		before := p.shop(balancer)
		return change{before: &before, probes: shopProbes()}
	}}.play(t, h)
	p.begin(t)
	first := census(p.Snapshot())
	other := p.pods.shop("default/other")
	for i := range other.Listeners[0].Routes {
		other.Listeners[0].Routes[i].Hosts = []model.Host{{Name: "other.example.com"}}
	}
	e := p.engine()
	p.apply(t, e, &other)
	p.settled(t, &other)
	other.Listeners[0].Routes = other.Listeners[0].Routes[:1]
	other.Groups = other.Groups[1:]
	p.apply(t, e, &other)
	e = p.engine()
	e.Drop(other.ID)
	p.sync(t, e, other.ID)
	if p.traffic != nil {
		p.traffic.lossless(t)
	}
	p.settled(t, p.before)
	sameCensus(t, first, census(p.Snapshot()))
}
