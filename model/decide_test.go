package model_test

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// scan is Decide without any index: the first entry of the whole order that the request meets.
func scan(s model.Sealed, r model.Request) (listener, route string) {
	name := strings.ToLower(r.Host)
	best := -1
	for i, l := range s.Listeners() {
		if l.Port == r.Port && strings.EqualFold(string(l.Protocol), r.Scheme) && model.HostCovers(l.Hostname, name) {
			if best < 0 || l.Hostname.Compare(s.Listeners()[best].Hostname) < 0 {
				best = i
			}
		}
	}
	if best < 0 {
		return "", ""
	}
	for _, e := range s.Entries(best) {
		if model.HostCovers(e.Host, name) && meets(e.Match, r) {
			return s.Listeners()[best].Name, e.Route.Name
		}
	}
	return s.Listeners()[best].Name, ""
}

func meets(m model.Match, r model.Request) bool {
	return model.PathMatches(m.Path, r.Path) && (m.Method == "" || m.Method == r.Method) && have(m.Headers, r.Headers) && have(m.Query, r.Query)
}

func have(want []model.ValueMatch, values map[string][]string) bool {
	for _, w := range want {
		v, ok := values[w.Name]
		if !ok || w.Type == model.ValueExact && v[0] != w.Value ||
			w.Type == model.ValueRegexp && !regexp.MustCompile("^("+w.Value+")$").MatchString(v[0]) {
			return false
		}
	}
	return true
}

func TestDecideAgreesWithAScanOfTheOrder(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{MaxRoutes: 20})
	matched := 0
	rapid.Check(t, func(t *rapid.T) {
		s := drawSealed(t, g)
		for range 10 {
			r := modeltest.Requests(s).Draw(t, "request")
			listener, route := scan(s, r)
			d := model.Decide(s, r)
			if d.Listener != listener || d.Route != route {
				t.Fatalf("got %s %s, want %s %s", d.Listener, d.Route, listener, route)
			}
			if route != "" {
				matched++
			}
		}
	})
	if matched < 200 {
		t.Errorf("only %d requests met a route", matched)
	}
}

func TestTablesAreTheOrderRestrictedToAHost(t *testing.T) {
	g := modeltest.LoadBalancers(modeltest.Options{MaxRoutes: 20})
	rapid.Check(t, func(t *rapid.T) {
		s := drawSealed(t, g)
		for i := range s.Listeners() {
			tables := s.Tables(i)
			if last := tables[len(tables)-1]; !last.Host.IsAny() || last.Fallback != nil {
				t.Fatalf("the last table is of %v", last.Host)
			}
			for j, table := range tables {
				if j > 0 && tables[j-1].Host.Compare(table.Host) >= 0 {
					t.Fatalf("%v does not come before %v", tables[j-1].Host, table.Host)
				}
				checkTable(t, s.Entries(i), table)
			}
		}
	})
}

func checkTable(t *rapid.T, entries []model.Entry, table *model.Table) {
	var want, got []model.Entry
	for _, e := range entries {
		if e.Host.Contains(table.Host) {
			want = append(want, e)
		}
	}
	for e := range table.All() {
		got = append(got, e)
	}
	if diff := cmp.Diff(entryNames(want), entryNames(got)); diff != "" {
		t.Fatalf("table of %v (-want +got):\n%s", table.Host, diff)
	}
}

func TestTheOrderOfEntries(t *testing.T) {
	match := func(p model.PathType, v string) model.Match {
		return model.Match{Path: model.PathMatch{Type: p, Value: v}}
	}
	with := func(m model.Match, method string, headers, query int) model.Match {
		m.Method = method
		for i := range headers {
			m.Headers = append(m.Headers, model.ValueMatch{Name: "X-" + string(rune('A'+i)), Value: "v"})
		}
		for i := range query {
			m.Query = append(m.Query, model.ValueMatch{Name: string(rune('a' + i)), Value: "v"})
		}
		return m
	}
	old, young := time.Unix(1, 0), time.Unix(2, 0)
	root := match(model.PathPrefix, "/")
	// Each route beats all that follow; every one differs from the next in one thing.
	routes := []model.Route{
		{Hosts: []model.Host{{Name: "long.example.com"}}, Matches: []model.Match{root}},
		{Hosts: []model.Host{{Name: "a.com"}}, Matches: []model.Match{root}},
		{Hosts: []model.Host{{Name: "a.example.com", Wildcard: model.AnyLabels}}, Matches: []model.Match{match(model.PathExact, "/a")}},
		{Hosts: []model.Host{{Name: "example.com", Wildcard: model.OneLabel}}, Matches: []model.Match{root}},
		{Hosts: []model.Host{{Name: "example.com", Wildcard: model.AnyLabels}}, Matches: []model.Match{match(model.PathExact, "/a")}},
		{Matches: []model.Match{match(model.PathExact, "/a")}},
		{Matches: []model.Match{match(model.PathPrefix, "/aaaa")}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "GET", 0, 0)}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 2, 0)}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 1, 2)}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 1, 1)}, Age: old},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 1, 1)}, Age: young, Origin: model.Ref{Namespace: "n-a", Name: "z"}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 1, 1)}, Age: young, Origin: model.Ref{Namespace: "n", Name: "a"}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 1, 1)}, Age: young, Origin: model.Ref{Namespace: "n", Name: "b"}},
		{Matches: []model.Match{with(match(model.PathPrefix, "/aa"), "", 1, 1)}},
		{Matches: []model.Match{match(model.PathPrefix, "/aa")}, Age: old},
		{Matches: []model.Match{root}},
		{Matches: []model.Match{match(model.PathRegexp, "/long.*")}},
		{Matches: []model.Match{match(model.PathRegexp, "/a.*")}},
		{Matches: []model.Match{match(model.PathRegexp, "/b.*")}},
	}
	var want []string
	for i := range routes {
		routes[i].Name = string(rune('z' - i)) // so that names alone would give the reverse
		want = append(want, routes[i].Name)
	}
	s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: routes}}})
	var got []string
	for _, e := range s.Entries(0) {
		got = append(got, e.Route.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRoutesThatAskForTheSameStayAndTheFirstWins(t *testing.T) {
	s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
		{Name: "young", Age: time.Unix(2, 0)}, {Name: "old", Age: time.Unix(1, 0)},
	}}}})
	if d := model.Decide(s, model.Request{}); len(s.Entries(0)) != 2 || d.Route != "old" {
		t.Errorf("%d entries, decision %+v", len(s.Entries(0)), d)
	}
}

func TestDecidePicksTheListener(t *testing.T) {
	listener := func(name string, port int, p model.Protocol, h model.Host) model.Listener {
		return model.Listener{Name: name, Port: port, Protocol: p, Hostname: h}
	}
	s := seal(t, model.LoadBalancer{ID: "a/b", Groups: []model.Group{{ID: "tcp", Protocol: model.BackendTCP}}, Listeners: []model.Listener{
		listener("exact", 80, model.HTTP, model.Host{Name: "a.example.com"}),
		listener("wild", 80, model.HTTP, model.Host{Name: "example.com", Wildcard: model.AnyLabels}),
		listener("other-port", 8080, model.HTTP, model.Host{}),
		{Name: "tcp", Port: 5432, Protocol: model.TCP, Default: model.ForwardTo("tcp")},
		{Name: "closed", Port: 5433, Protocol: model.TCP},
	}})
	tests := []struct {
		name    string
		request model.Request
		want    string
		action  model.ActionKind
	}{
		{"most specific", model.Request{Host: "A.Example.com:80"}, "exact", model.ActionFixed},
		{"final dot", model.Request{Host: "a.example.com."}, "exact", model.ActionFixed},
		{"wildcard", model.Request{Host: "b.example.com"}, "wild", model.ActionFixed},
		{"host of no listener", model.Request{Host: "other.com"}, "", model.ActionFixed},
		{"address", model.Request{Host: "[2001:db8::1]:8080", Port: 8080}, "other-port", model.ActionFixed},
		{"port of no listener", model.Request{Host: "a.example.com", Port: 81}, "", model.ActionNone},
		{"scheme of no listener", model.Request{Scheme: "https", Host: "a.example.com", Port: 80}, "", model.ActionNone},
		{"layer 4", model.Request{Scheme: "tcp", Port: 5432}, "tcp", model.ActionForward},
		{"layer 4 without a group", model.Request{Scheme: "tcp", Port: 5433}, "closed", model.ActionNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := model.Decide(s, tt.request); d.Listener != tt.want || d.Action != tt.action {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestDecideComparesValues(t *testing.T) {
	value := func(k model.ValueType, v string) []model.ValueMatch {
		return []model.ValueMatch{{Name: "x-a", Type: k, Value: v}}
	}
	headers := func(v ...string) model.Request { return model.Request{Headers: map[string][]string{"X-A": v}} }
	tests := []struct {
		name    string
		match   model.Match
		request model.Request
		want    bool
	}{
		{"header", model.Match{Headers: value("", "1")}, headers("1"), true},
		{"other header value", model.Match{Headers: value("", "1")}, headers("2"), false},
		{"no header", model.Match{Headers: value("", "")}, model.Request{}, false},
		{"present", model.Match{Headers: value(model.ValuePresent, "")}, headers(""), true},
		{"not present", model.Match{Headers: value(model.ValuePresent, "")}, model.Request{}, false},
		{"repeated header", model.Match{Headers: value("", "1, 2")}, headers("1", "2"), true},
		{"expression", model.Match{Headers: value(model.ValueRegexp, "1+")}, headers("11"), true},
		{"expression on a part", model.Match{Headers: value(model.ValueRegexp, "1+")}, headers("112"), false},
		{"host header", model.Match{Headers: []model.ValueMatch{{Name: "host", Value: "a.com:80"}}}, model.Request{Host: "a.com:80"}, true},
		{"query", model.Match{Query: value("", "1")}, model.Request{Query: map[string][]string{"x-a": {"1", "2"}}}, true},
		{"second query value", model.Match{Query: value("", "2")}, model.Request{Query: map[string][]string{"x-a": {"1", "2"}}}, false},
		{"raw query", model.Match{Query: value("", "a b")}, model.Request{RawQuery: "x-a=a+b&y=1"}, true},
		{"query with case", model.Match{Query: value("", "1")}, model.Request{RawQuery: "X-A=1"}, false},
		{"method", model.Match{Method: "GET"}, model.Request{}, true},
		{"other method", model.Match{Method: "GET"}, model.Request{Method: "POST"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
				{Name: "r", Matches: []model.Match{tt.match}},
			}}}})
			if d := model.Decide(s, tt.request); (d.Route == "r") != tt.want {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestDecideBuildsTheLocation(t *testing.T) {
	prefix := func(v string) *model.PathRewrite { return &model.PathRewrite{Prefix: true, Value: v} }
	tests := []struct {
		name     string
		redirect model.Redirect
		request  model.Request
		want     string
	}{
		{"to https", model.Redirect{Scheme: "https"}, model.Request{Host: "a.com:80", Path: "/old/x", RawQuery: "b=1&a=2"}, "302 https://a.com/old/x?b=1&a=2"},
		{"to https with its port", model.Redirect{Scheme: "HTTPS", Port: 443, Status: 308}, model.Request{Host: "a.com", Path: "/old"}, "308 https://a.com/old"},
		{"to a port", model.Redirect{Port: 8080}, model.Request{Host: "a.com", Path: "/old"}, "302 http://a.com:8080/old"},
		{"to the port of the scheme", model.Redirect{Port: 80, Host: "b.com"}, model.Request{Host: "a.com", Path: "/old"}, "302 http://b.com/old"},
		{"to a host", model.Redirect{Host: "B.com", Status: 301}, model.Request{Host: "a.com", Path: "/old", Query: map[string][]string{"q": {"1 2"}}}, "301 http://b.com/old?q=1+2"},
		{"to a prefix", model.Redirect{Path: prefix("/new")}, model.Request{Host: "a.com", Path: "/old/x"}, "302 http://a.com/new/x"},
		{"to a path", model.Redirect{Path: &model.PathRewrite{Value: "/new"}}, model.Request{Host: "a.com", Path: "/old/x"}, "302 http://a.com/new"},
		{"to https of an address", model.Redirect{Scheme: "https"}, model.Request{Host: "[2001:DB8::1]:80", Path: "/old"}, "302 https://[2001:db8::1]/old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
				{Name: "r", Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: "/old"}}}, Action: model.Action{Redirect: &tt.redirect}},
			}}}})
			d := model.Decide(s, tt.request)
			if d.Action != model.ActionRedirect {
				t.Fatalf("got %+v", d)
			}
			if got := strconv.Itoa(d.Redirect.Status) + " " + d.Redirect.Location; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestHostilePathsCostLittle(t *testing.T) {
	s := seal(t, model.LoadBalancer{ID: "a/b", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
		{Name: "r", Matches: []model.Match{{Path: model.PathMatch{Type: model.PathPrefix, Value: "/a/b"}}}},
	}}}})
	path := strings.Repeat("/", 1<<20)
	allocs := testing.AllocsPerRun(10, func() { model.Decide(s, model.Request{Path: path}) })
	if d := model.Decide(s, model.Request{Path: "/a/b" + path}); d.Route != "r" || allocs > 4 {
		t.Errorf("decision %+v, %v allocations", d, allocs)
	}
}

func TestASealedModelServesManyAtOnce(t *testing.T) {
	s := seal(t, large(100))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			r := model.Request{Host: "host-" + strconv.Itoa(i) + ".example.com", Path: "/service/7"}
			if d := model.Decide(s, r); d.Route != "default/ingress-"+strconv.Itoa(i)+"/7" || len(s.Tables(0)) != 11 {
				t.Errorf("%s: %+v", r.Host, d)
			}
		})
	}
	all.Wait()
}
