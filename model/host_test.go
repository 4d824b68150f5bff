package model_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
)

func TestParseHost(t *testing.T) {
	long := strings.Repeat("a", 63)
	tests := []struct {
		in   string
		w    model.Wildcard
		want model.Host
		err  string
	}{
		{in: "", want: model.Host{}},
		{in: "a.example.com", want: model.Host{Name: "a.example.com"}},
		{in: "LocalHost", want: model.Host{Name: "localhost"}},
		{in: "*.Example.com", w: model.OneLabel, want: model.Host{Name: "example.com", Wildcard: model.OneLabel}},
		{in: "*.example.com", w: model.AnyLabels, want: model.Host{Name: "example.com", Wildcard: model.AnyLabels}},
		{in: long + ".com", want: model.Host{Name: long + ".com"}},
		{in: "xn--bcher-kva.example", want: model.Host{Name: "xn--bcher-kva.example"}},
		{in: "*.example.com", err: "wildcard is not allowed"},
		{in: "*", w: model.OneLabel, err: "not a DNS label"},
		{in: "a.*.com", w: model.OneLabel, err: "not a DNS label"},
		{in: "a*.com", w: model.OneLabel, err: "not a DNS label"},
		{in: "*.*.com", w: model.OneLabel, err: "not a DNS label"},
		{in: "*.", w: model.OneLabel, err: "not a DNS label"},
		{in: "a.example.com:80", err: "not a DNS label"},
		{in: "a.example.com.", err: "not a DNS label"},
		{in: "a..b", err: "not a DNS label"},
		{in: "-a.com", err: "not a DNS label"},
		{in: "a_b.com", err: "not a DNS label"},
		{in: "bücher.example", err: "not a DNS label"},
		{in: "10.0.0.1", err: "IP address"},
		{in: "a.1", err: "last label is a number"},
		{in: "*.0.0.1", w: model.OneLabel, err: "last label is a number"},
		{in: "::1", err: "not a DNS label"},
		{in: "a" + long + ".com", err: "not a DNS label"},
		{in: strings.Repeat("abc.", 63) + "abcd", err: "longer than 253"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := model.ParseHost(tt.in, tt.w)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %+v, error %v, want %s", got, err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %+v, error %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// The wildcard rows of the table in the Ingress documentation ("Hostname wildcards"), and the same
// for any number of labels.
func TestHostCovers(t *testing.T) {
	one, many := model.Host{Name: "foo.com", Wildcard: model.OneLabel}, model.Host{Name: "foo.com", Wildcard: model.AnyLabels}
	tests := []struct {
		host model.Host
		name string
		want bool
	}{
		{one, "bar.foo.com", true},
		{one, "baz.bar.foo.com", false},
		{one, "foo.com", false},
		{one, ".foo.com", false},
		{one, "barfoo.com", false},
		{many, "bar.foo.com", true},
		{many, "baz.bar.foo.com", true},
		{many, "foo.com", false},
		{many, "barfoo.com", false},
		{model.Host{Name: "foo.com"}, "foo.com", true},
		{model.Host{Name: "foo.com"}, "bar.foo.com", false},
		{model.Host{}, "anything", true},
		{model.Host{}, "", true},
	}
	for _, tt := range tests {
		if got := model.HostCovers(tt.host, tt.name); got != tt.want {
			t.Errorf("%v of %q covers %q: got %t", tt.host, tt.host.Name, tt.name, got)
		}
	}
}

func TestHostPrintsAsWritten(t *testing.T) {
	for _, s := range []string{"a.example.com", "*.example.com"} {
		if h, err := model.ParseHost(s, model.AnyLabels); err != nil || h.String() != s {
			t.Errorf("%s: got %v, %v", s, h, err)
		}
	}
	if got := (model.Host{}).String(); got != "*" {
		t.Errorf("any host: %s", got)
	}
}

func hosts() *rapid.Generator[model.Host] {
	return rapid.Custom(func(t *rapid.T) model.Host {
		name := rapid.SampledFrom([]string{"", "a", "b.a", "c.a", "d.b.a", "e.d.b.a", "bb.a"}).Draw(t, "name")
		if name == "" {
			return model.Host{}
		}
		return model.Host{Name: name, Wildcard: model.Wildcard(rapid.IntRange(0, 2).Draw(t, "wildcard"))}
	})
}

func TestContainsAndIntersectAgreeWithCovers(t *testing.T) {
	names := []string{"a", "b.a", "c.a", "x.a", "d.b.a", "x.b.a", "e.d.b.a", "x.d.b.a", "bb.a", "x.bb.a", "x.e.d.b.a", "y.x.b.a"}
	rapid.Check(t, func(t *rapid.T) {
		a, b := hosts().Draw(t, "a"), hosts().Draw(t, "b")
		both, ok := a.Intersect(b)
		for _, n := range names {
			want := model.HostCovers(a, n) && model.HostCovers(b, n)
			if got := ok && model.HostCovers(both, n); got != want {
				t.Fatalf("%+v and %+v on %s: got %t, want %t", a, b, n, got, want)
			}
			if a.Contains(b) && model.HostCovers(b, n) && !model.HostCovers(a, n) {
				t.Fatalf("%+v contains %+v, but does not cover %s", a, b, n)
			}
		}
	})
}

func TestHostCompareIsATotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := hosts().Draw(t, "a"), hosts().Draw(t, "b"), hosts().Draw(t, "c")
		if (a.Compare(b) == 0) != (a == b) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%+v and %+v: %d, %d", a, b, a.Compare(b), b.Compare(a))
		}
		s := []model.Host{a, b, c}
		slices.SortFunc(s, model.Host.Compare)
		if cmp.Compare(s[0].Compare(s[2]), 0) > 0 {
			t.Fatalf("not transitive: %+v", s)
		}
		if a != b && a.Contains(b) && a.Compare(b) < 0 {
			t.Fatalf("%+v contains %+v and comes first", a, b)
		}
	})
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"", "a.example.com", "*.example.com", "1.2.3.4", "a..b", "*", "A.b:80", "\x00"} {
		f.Add(s, uint8(1))
	}
	f.Fuzz(func(t *testing.T, s string, w uint8) {
		h, err := model.ParseHost(s, model.Wildcard(w%3))
		if err != nil || s == "" {
			return
		}
		if h.String() != strings.ToLower(s) {
			t.Errorf("%q became %q", s, h)
		}
		again, err := model.ParseHost(h.String(), model.Wildcard(w%3))
		if err != nil || again != h {
			t.Errorf("%q: again %+v, %v", s, again, err)
		}
	})
}
