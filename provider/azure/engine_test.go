package azure_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

func TestLoadBalancerOnASharedGateway(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())
	e := w.engine(t, shared)
	e.Set(seal(t, shop(nil)))
	w.s.Wire().Reset()
	report := apply(t, e, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 1 {
		t.Errorf("first apply makes %d writes, want 1: %v", n, w.s.Wire().Writes())
	}
	address := report.Results[0].Addresses[0]
	if pod := w.served(t, address, "shop.example.com", "/api/x"); pod != "10.0.2.1" {
		t.Errorf("/api/x is answered by %s", pod)
	}
	if pod := w.served(t, address, "shop.example.com", "/apix"); pod == "10.0.2.1" {
		t.Errorf("/apix is answered by %s", pod)
	}
	if status, _ := w.get(t, address, "default.contoso.com", "/"); status != http.StatusBadGateway {
		t.Errorf("the foreign site answers %d", status)
	}
	if diff := differs(before, foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())); diff != "" {
		t.Error(diff)
	}

	w.s.Wire().Reset()
	apply(t, e, "default/shop")
	if n := len(w.s.Wire().Calls()); n != 0 {
		t.Errorf("second apply makes %d calls: %v", n, w.s.Wire().Calls())
	}
	again := w.engine(t, shared)
	again.Set(seal(t, shop(nil)))
	apply(t, again, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 0 {
		t.Errorf("apply of a new process makes %d writes: %v", n, w.s.Wire().Writes())
	}

	again.Drop("default/shop")
	apply(t, again, "default/shop")
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Errorf("after delete: %s", diff)
	}
}

func TestLoadBalancerOnItsOwnGateway(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := w.s.Snapshot()
	cert, err := modeltest.Certificate("default/tls", "shop.example.com")
	if err != nil {
		t.Fatal(err)
	}
	e := w.engine(t, "")
	e.Set(seal(t, shop(&cert)))
	w.s.Wire().Reset()
	report := apply(t, e, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 2 {
		t.Errorf("first apply makes %d writes, want 2: %v", n, w.s.Wire().Writes())
	}
	w.served(t, report.Results[0].Addresses[0], "shop.example.com", "/api")
	w.s.Wire().Reset()
	apply(t, e, "default/shop")
	if n := len(w.s.Wire().Calls()); n != 0 {
		t.Errorf("second apply makes %d calls: %v", n, w.s.Wire().Calls())
	}
	again := w.engine(t, "")
	again.Set(seal(t, shop(&cert)))
	apply(t, again, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 0 {
		t.Errorf("apply of a new process makes %d writes: %v", n, w.s.Wire().Writes())
	}
	again.Drop("default/shop")
	apply(t, again, "default/shop")
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Errorf("after delete: %s", diff)
	}
}

func TestAddedPodsNeedOneWrite(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.2.1")
	e := w.engine(t, shared)
	lb := shop(nil)
	e.Set(seal(t, lb))
	report := apply(t, e, "default/shop")
	w.served(t, report.Results[0].Addresses[0], "shop.example.com", "/")
	lb.Groups[0] = groupOf("default/web:80", "10.0.1.1", "10.0.1.2", "10.0.1.3")
	e.Set(seal(t, lb))
	w.s.Wire().Reset()
	apply(t, e, "default/shop")
	calls, writes := w.s.Wire().Calls(), w.s.Wire().Writes()
	if len(writes) != 1 {
		t.Errorf("%d writes: %v", len(writes), writes)
	}
	for _, c := range calls {
		if c.Kind == cloudtest.Read {
			t.Errorf("call %v", c)
		}
	}
}

func TestInternalLoadBalancerGetsAFreeAddress(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := w.s.Snapshot()
	lb := shop(nil)
	lb.Scheme, lb.Tags = model.Internal, map[string]string{"team": "shop"}
	e := w.engine(t, "")
	e.Set(seal(t, lb))
	report := apply(t, e, "default/shop")
	// 10.255.0.254 is the last address that Azure does not reserve.
	if got := report.Results[0].Addresses; len(got) != 1 || got[0] != "10.255.0.254" {
		t.Fatalf("addresses are %v", got)
	}
	w.served(t, "10.255.0.254", "shop.example.com", "/")
	tagged := 0
	for _, text := range w.s.Snapshot() {
		tagged += strings.Count(text, `"team":"shop"`)
	}
	if tagged != 1 {
		t.Errorf("%d resources have the tag", tagged)
	}
	w.s.Wire().Reset()
	again := w.engine(t, "")
	again.Set(seal(t, lb))
	apply(t, again, "default/shop")
	if n := len(w.s.Wire().Writes()); n != 0 {
		t.Errorf("apply of a new process makes %d writes: %v", n, w.s.Wire().Writes())
	}
	again.Drop("default/shop")
	apply(t, again, "default/shop")
	if diff := differs(before, w.s.Snapshot()); diff != "" {
		t.Errorf("after delete: %s", diff)
	}
}

func TestHostOfAnotherOwnerIsNotCaptured(t *testing.T) {
	w := newWorld(t, "10.0.1.1", "10.0.1.2", "10.0.2.1")
	before := foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())
	lb := shop(nil)
	lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, forward("captured", "default.contoso.com", "/", "default/web:80"))
	e := w.engine(t, shared)
	e.Set(seal(t, lb))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	report, err := e.Sync(ctx, "default/shop")
	if err != nil {
		t.Fatal(err)
	}
	conflicts := 0
	for _, s := range report.Results[0].Steps {
		if s.Outcome != nil && s.Outcome.State == provider.Failed {
			conflicts++
			if provider.CodeOf(s.Outcome.Err) != provider.Conflict || s.Key.Kind != azure.KindListener {
				t.Errorf("%s failed: %v", s.Key, s.Outcome.Err)
			}
		}
	}
	if conflicts != 1 {
		t.Errorf("%d ops failed, want only the listener of the other owner's host", conflicts)
	}
	// The rest is served, and the site belongs to its owner.
	var address string
	for a := range w.s.Front().Addresses() {
		if host, port, _ := net.SplitHostPort(a); port == "80" {
			address = host
		}
	}
	w.served(t, address, "shop.example.com", "/")
	if status, _ := w.get(t, address, "default.contoso.com", "/"); status != http.StatusBadGateway {
		t.Errorf("the foreign site answers %d", status)
	}
	if diff := differs(before, foreign(w.s, newProvider(t, w.s, shared, w.clk).NamePrefix())); diff != "" {
		t.Error(diff)
	}
}
