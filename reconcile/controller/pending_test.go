package controller

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

func pendingWith(services ...string) (*pendingWork, *calls, *handClock) {
	q, c := &calls{}, &handClock{now: time.Unix(1000, 0)}
	p := newPendingWork(q, c, time.Second)
	var routes []kube.GroupBackend
	for _, s := range services {
		routes = append(routes, kube.GroupBackend{Group: model.GroupID(s), Backend: kube.Backend{Namespace: "shop", Service: s}})
	}
	p.setRoutes("web", routes, func(r kube.GroupBackend) bool { return r.Group == "onnodes" })
	return p, q, c
}

func TestAChangeOfEndpointsIsPendingForTheGroupsOfItsService(t *testing.T) {
	p, q, c := pendingWith("cart", "pay")
	begun, pod := c.now, c.now.Add(-time.Minute)
	p.endpointsChanged("shop/cart", pod)
	p.endpointsChanged("shop/other", pod)
	c.now = c.now.Add(time.Minute)
	p.endpointsChanged("shop/pay", c.now)
	if got := q.drain(); !slices.Equal(got, []string{"web after 0s", "web after 0s"}) {
		t.Errorf("queued: %v", got)
	}
	_, got := p.next("web")
	want := batch{groups: []model.GroupID{"cart", "pay"}, since: begun, origin: pod, configured: true}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(batch{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, again := p.next("web"); again.changes() || !again.since.IsZero() {
		t.Errorf("pending after a pass: %v", again)
	}
}

func TestChangesOfEndpointsWaitForTheWindow(t *testing.T) {
	p, q, c := pendingWith("cart", "onnodes")
	p.endpointsChanged("shop/cart", time.Time{})
	p.next("web")
	q.drain()
	c.now = c.now.Add(300 * time.Millisecond)
	p.endpointsChanged("shop/cart", time.Time{})
	p.nodesChanged()
	if got := q.drain(); !slices.Equal(got, []string{"web after 700ms", "web after 700ms"}) {
		t.Errorf("queued: %v", got)
	}
}

func TestRequeuedWorkIsPendingSinceItsFirstChange(t *testing.T) {
	p, _, c := pendingWith("cart")
	begun := c.now
	p.structureChanged("web")
	_, w := p.next("web")
	c.now = c.now.Add(time.Minute)
	p.endpointsChanged("shop/cart", time.Time{})
	p.requeue("web", w)
	if _, got := p.next("web"); !got.structure || !slices.Equal(got.groups, []model.GroupID{"cart"}) || !got.since.Equal(begun) {
		t.Errorf("pending: %v", got)
	}
}

func TestSetRoutesReturnsTheAddedGroups(t *testing.T) {
	p, _, _ := pendingWith("cart", "pay")
	route := func(s string) kube.GroupBackend {
		return kube.GroupBackend{Group: model.GroupID(s), Backend: kube.Backend{Namespace: "shop", Service: s}}
	}
	added := p.setRoutes("web", []kube.GroupBackend{route("cart"), route("new")}, func(kube.GroupBackend) bool { return false })
	if len(added) != 1 || added[0].Group != "new" {
		t.Errorf("added: %v", added)
	}
	if got := p.services(); !slices.Equal(got, []string{"shop/cart", "shop/new"}) {
		t.Errorf("services: %v", got)
	}
}

func TestAForgottenLoadBalancerRemembersAPendingChange(t *testing.T) {
	p, _, _ := pendingWith("cart")
	p.collect("web")
	p.next("web")
	p.structureChanged("web")
	p.forget("web")
	if _, got := p.next("web"); !got.structure || got.configured || got.collectable || len(p.services()) > 0 {
		t.Errorf("pending: %v, services %v", got, p.services())
	}
	p.forget("web")
	if len(p.entries) > 0 {
		t.Errorf("entries: %v", p.entries)
	}
}

func TestAClaimWithdrawsCollection(t *testing.T) {
	p, q, _ := pendingWith("cart")
	p.collect("web")
	p.claimed("web")
	if _, got := p.next("web"); got.collectable || !got.structure {
		t.Errorf("pending: %v", got)
	}
	if got := q.drain(); !slices.Equal(got, []string{"now web"}) {
		t.Errorf("queued: %v", got)
	}
}
