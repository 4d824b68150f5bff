package model_test

import (
	"errors"
	"math/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// exact lets cmp look into what has unexported fields.
func exact() cmp.Option { return cmp.Comparer(func(a, b netip.Addr) bool { return a == b }) }

func seal(t testing.TB, lb model.LoadBalancer) model.Sealed {
	t.Helper()
	s, err := model.Seal(lb)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return s
}

func drawSealed(t *rapid.T, g *rapid.Generator[model.LoadBalancer]) model.Sealed {
	lb := g.Draw(t, "load balancer")
	s, err := model.Seal(lb)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return s
}

func TestGeneratedModelsSealToTheSameTwice(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{})
	rapid.Check(t, func(t *rapid.T) {
		once := drawSealed(t, g)
		twice, err := model.Seal(*once.LoadBalancer())
		if err != nil {
			t.Fatalf("seal what was sealed: %v", err)
		}
		if diff := cmp.Diff(once.LoadBalancer(), twice.LoadBalancer(), exact()); diff != "" {
			t.Fatalf("the second seal changed the model (-once +twice):\n%s", diff)
		}
		if once.Digest() != twice.Digest() || once.Structure() != twice.Structure() {
			t.Fatal("the digests differ")
		}
	})
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{})
	rapid.Check(t, func(t *rapid.T) {
		lb := g.Draw(t, "load balancer")
		s, err := model.Seal(lb)
		if err != nil {
			t.Fatalf("seal: %v", err)
		}
		shuffle(&lb, rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))))
		other, err := model.Seal(lb)
		if err != nil {
			t.Fatalf("seal shuffled: %v", err)
		}
		if diff := cmp.Diff(s.LoadBalancer(), other.LoadBalancer(), exact()); diff != "" {
			t.Fatalf("order of input shows (-first +shuffled):\n%s", diff)
		}
		for i := range s.Listeners() {
			if diff := cmp.Diff(entryNames(s.Entries(i)), entryNames(other.Entries(i))); diff != "" {
				t.Fatalf("order of entries (-first +shuffled):\n%s", diff)
			}
		}
	})
}

// shuffle reorders whatever has no order of its own.
func shuffle(lb *model.LoadBalancer, r *rand.Rand) {
	permute(r, lb.Listeners)
	permute(r, lb.Groups)
	for i := range lb.Groups {
		permute(r, lb.Groups[i].Endpoints)
	}
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		permute(r, l.Routes)
		for j := range l.Routes {
			permute(r, l.Routes[j].Hosts)
			permute(r, l.Routes[j].Matches)
			for k := range l.Routes[j].Matches {
				permute(r, l.Routes[j].Matches[k].Headers)
				permute(r, l.Routes[j].Matches[k].Query)
			}
			if f := l.Routes[j].Action.Forward; f != nil {
				permute(r, f.Groups)
			}
		}
	}
}

func permute[T any](r *rand.Rand, s []T) {
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

func entryNames(entries []model.Entry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Host.String()+" "+e.Route.Name+" "+string(e.Match.Path.Type)+" "+e.Match.Path.Value)
	}
	return names
}

func TestSealSetsDefaults(t *testing.T) {
	s := seal(t, model.LoadBalancer{
		ID:        "a/b",
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{{Name: "r", Action: model.ForwardTo("g")}}}},
		Groups:    []model.Group{{ID: "g"}, {ID: "grpc", Protocol: model.BackendGRPC}, {ID: "quick", Health: model.HealthCheck{Interval: 2 * time.Second}}},
	})
	want := &model.LoadBalancer{
		ID: "a/b", Scheme: model.InternetFacing, Family: model.IPv4,
		Listeners: []model.Listener{{
			Name: "http-80", Port: 80, Protocol: model.HTTP, Default: model.Respond(404),
			Routes: []model.Route{{
				Name: "r", Hosts: []model.Host{{}}, Action: model.ForwardTo("g"),
				Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: "/"}}},
			}},
		}},
		Groups: []model.Group{
			group("g", model.BackendHTTP, model.HealthCheck{
				Protocol: model.BackendHTTP, Path: "/", Interval: 15 * time.Second, Timeout: 5 * time.Second,
				Healthy: 2, Unhealthy: 2, Statuses: model.StatusRange{From: 200, To: 399},
			}),
			group("grpc", model.BackendGRPC, model.HealthCheck{
				Protocol: model.BackendGRPC, Path: "/grpc.health.v1.Health/Check", Interval: 15 * time.Second, Timeout: 5 * time.Second,
				Healthy: 2, Unhealthy: 2,
			}),
			group("quick", model.BackendHTTP, model.HealthCheck{
				Protocol: model.BackendHTTP, Path: "/", Interval: 2 * time.Second, Timeout: time.Second,
				Healthy: 2, Unhealthy: 2, Statuses: model.StatusRange{From: 200, To: 399},
			}),
		},
	}
	if diff := cmp.Diff(want, s.LoadBalancer(), exact()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func group(id model.GroupID, p model.BackendProtocol, h model.HealthCheck) model.Group {
	return model.Group{
		ID: id, Target: model.TargetPod, Protocol: p, Health: h, Members: model.MembersKnown, Affinity: model.Affinity{Type: model.NoAffinity},
	}
}

func TestRepeatedEndpointsHaveTheirBestState(t *testing.T) {
	address := netip.MustParseAddr("10.0.0.1")
	mapped := netip.AddrFrom16(address.As16())
	s := seal(t, model.LoadBalancer{ID: "a/b", Groups: []model.Group{{ID: "g", Endpoints: []model.Endpoint{
		{Address: netip.MustParseAddr("10.0.0.2"), Port: 80},
		{Address: address, Port: 80, State: model.NotReady},
		{Address: mapped, Port: 80},
		{Address: address, Port: 80, State: model.Draining},
		{Address: address, Port: 79, State: model.Draining},
	}}}})
	g, ok := s.Group("g")
	if !ok {
		t.Fatal("no group")
	}
	want := []model.Endpoint{
		{Address: address, Port: 79, State: model.Draining},
		{Address: address, Port: 80, State: model.Ready},
		{Address: netip.MustParseAddr("10.0.0.2"), Port: 80, State: model.Ready},
	}
	if diff := cmp.Diff(want, g.Endpoints, exact()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHostsAreNarrowedToTheListener(t *testing.T) {
	deep, one := model.AnyLabels, model.OneLabel
	s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{
		Port: 80, Protocol: model.HTTP, Hostname: model.Host{Name: "example.com", Wildcard: deep},
		Routes: []model.Route{{Name: "r", Hosts: []model.Host{{}, {Name: "com", Wildcard: deep}, {Name: "a.example.com"}, {Name: "example.com", Wildcard: one}}}},
	}}})
	want := []model.Host{{Name: "a.example.com"}, {Name: "example.com", Wildcard: one}, {Name: "example.com", Wildcard: deep}}
	if diff := cmp.Diff(want, s.Listeners()[0].Routes[0].Hosts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSharesOfOneGroupAddUp(t *testing.T) {
	filters := model.Filters{Request: &model.HeaderChange{Remove: []string{"x-a"}}}
	s := seal(t, model.LoadBalancer{ID: "a/b", Groups: []model.Group{{ID: "g"}, {ID: "h"}}, Listeners: []model.Listener{{
		Port: 80, Protocol: model.HTTP, Default: model.Action{Forward: &model.Forward{Groups: []model.Weighted{
			{Group: "h", Weight: 1}, {Group: "g", Weight: 2}, {Group: "g", Weight: 4, Filters: filters}, {Group: "g", Weight: 3},
		}}},
	}}})
	want := []model.Weighted{
		{Group: "g", Weight: 4, Filters: model.Filters{Request: &model.HeaderChange{Remove: []string{"X-A"}}}},
		{Group: "g", Weight: 5}, {Group: "h", Weight: 1},
	}
	if diff := cmp.Diff(want, s.Listeners()[0].Default.Forward.Groups); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSealValidLeavesOutOnlyWhatIsWrong(t *testing.T) {
	origin := func(name string) model.Ref { return model.Ref{Kind: "Ingress", Name: name} }
	lb := model.LoadBalancer{
		ID: "a/b",
		Groups: []model.Group{
			{ID: "good"},
			{ID: "bad", Port: -1, Origins: []model.Ref{origin("group")}},
		},
		Listeners: []model.Listener{
			{Name: "web", Port: 80, Protocol: model.HTTP, Default: model.ForwardTo("bad"), Origins: []model.Ref{origin("default")}, Routes: []model.Route{
				{Name: "kept", Action: model.ForwardTo("good"), Origin: origin("kept")},
				{Name: "needs-bad", Action: model.ForwardTo("bad"), Origin: origin("needs-bad")},
				{Name: "bad-host", Hosts: []model.Host{{Name: "a..b"}}, Action: model.ForwardTo("good"), Origin: origin("bad-host")},
			}},
			{Name: "bare", Port: 443, Protocol: model.HTTPS, Origins: []model.Ref{origin("bare")}},
		},
	}
	s, problems, err := model.SealValid(lb)
	if err != nil {
		t.Fatalf("seal valid: %v", err)
	}
	var names []string
	for _, p := range problems {
		if p.Reason != model.ReasonInvalid || !p.Refuses() {
			t.Errorf("problem %v", p)
		}
		names = append(names, p.Origin.Name)
	}
	if diff := cmp.Diff([]string{"group", "bad-host", "bare", "default", "needs-bad"}, names); diff != "" {
		t.Errorf("origins of problems (-want +got):\n%s", diff)
	}
	if len(s.Groups()) != 1 || len(s.Listeners()) != 1 || len(s.Listeners()[0].Routes) != 1 || s.Listeners()[0].Routes[0].Name != "kept" {
		t.Errorf("left: %+v", s.LoadBalancer())
	}
	if fixed := s.Listeners()[0].Default.Fixed; fixed == nil || fixed.Status != 404 {
		t.Errorf("default: %+v", s.Listeners()[0].Default)
	}
}

func TestSealValidFailsWhereNothingIsLeft(t *testing.T) {
	for name, lb := range map[string]model.LoadBalancer{
		"no name":             {Groups: []model.Group{{ID: "g"}}},
		"no listener is left": {ID: "a/b", Groups: []model.Group{{ID: "g"}}, Listeners: []model.Listener{{Port: 0, Protocol: model.HTTP}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, problems, err := model.SealValid(lb)
			var invalid *model.InvalidError
			if !errors.As(err, &invalid) || s.Valid() || len(problems) == 0 || len(invalid.Issues) == 0 {
				t.Errorf("got %v, %v, %v", s, problems, err)
			}
		})
	}
}

func TestTheZeroSealedIsEmpty(t *testing.T) {
	var s model.Sealed
	_, found := s.Group("g")
	if s.Valid() || s.ID() != "" || s.LoadBalancer() != nil || s.Listeners() != nil || s.Groups() != nil || found ||
		s.Digest() != (model.Digest{}) || s.Structure() != (model.Digest{}) {
		t.Error("the zero Sealed is not empty")
	}
	if d := model.Decide(s, model.Request{}); d.Action != model.ActionNone {
		t.Errorf("decision %+v", d)
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	lb := model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 443, Protocol: model.HTTPS, TLS: &model.ListenerTLS{
		Certificates: []model.Certificate{{Name: "c", PEM: []byte("-----BEGIN hunter2-----\n"), Key: model.NewSecret([]byte("-----BEGIN hunter2-----\nhunter2\n-----END hunter2-----\n"))}},
	}}}}
	_, err := model.Seal(lb)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error: %v", err)
	}
}

func TestListenersWithoutNamesGetDifferentNames(t *testing.T) {
	var listeners []model.Listener
	for _, h := range []model.Host{{}, {Name: "a.com"}, {Name: "a.com", Wildcard: model.OneLabel}, {Name: "a.com", Wildcard: model.AnyLabels}} {
		listeners = append(listeners, model.Listener{Port: 80, Protocol: model.HTTP, Hostname: h})
	}
	s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: listeners})
	want := []string{"http-80-a.com", "http-80-*.a.com", "http-80-*.*.a.com", "http-80"}
	if diff := cmp.Diff(want, names(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStructureDoesNotSeeEndpoints(t *testing.T) {
	lb := plain(t)
	before := seal(t, lb)
	lb.Groups[0].Endpoints = append(lb.Groups[0].Endpoints, model.Endpoint{Address: netip.MustParseAddr("10.0.0.9"), Port: 80})
	lb.Groups[1].Members, lb.Groups[1].Endpoints = model.MembersUnknown, nil
	after := seal(t, lb)
	if before.Structure() != after.Structure() || before.Digest() == after.Digest() {
		t.Error("a change of endpoints must change the digest alone")
	}
}

func TestACertificateIsShownOnceAndTheFirstStaysTheDefault(t *testing.T) {
	ref := func(name string) model.Certificate { return model.Certificate{Name: name, Reference: "arn-" + name} }
	lb := plain(t)
	https(model.ListenerTLS{Certificates: []model.Certificate{ref("z"), ref("a"), ref("z")}})(&lb)
	var got []string
	for _, c := range seal(t, lb).Listeners()[0].TLS.Certificates {
		got = append(got, c.Name)
	}
	if diff := cmp.Diff([]string{"z", "a"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
