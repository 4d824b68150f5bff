package model

import (
	"slices"
	"strings"
	"testing"
)

func TestEverySettingIsDeclaredInFull(t *testing.T) {
	names := map[string]bool{}
	declared(t, names, LoadBalancerSettings())
	declared(t, names, TLSSettings())
	declared(t, names, GroupSettings())
}

// declared checks what every row must have, and that each part of a row agrees with the others.
func declared[T any](t *testing.T, names map[string]bool, settings []Setting[T]) {
	t.Helper()
	for i := range settings {
		s := &settings[i]
		t.Run(s.Name, func(t *testing.T) {
			if names[s.Name] {
				t.Error("the name is declared twice")
			}
			names[s.Name] = true
			if s.Field == "" || s.Describe() == "" || s.Unset == "" || s.Meaning == "" {
				t.Error("the row is incomplete")
			}
			var v T
			if s.IsSet(&v) || s.Uses(&v) != "" {
				t.Errorf("the zero value has the text %q", s.Text(&v))
			}
			if s.Set(&v, "\x00") {
				t.Error("a control character is allowed")
			}
			v = *new(T)
			if !s.Set(&v, s.Example) || !s.IsSet(&v) {
				t.Fatalf("the example %q does not set anything", s.Example)
			}
			if _, ok := s.At(&v).Check(s.built()); !ok {
				t.Error("a model with the example is not valid")
			}
			var again T
			if !s.Set(&again, s.Text(&v)) || s.Text(&again) != s.Text(&v) {
				t.Errorf("the text %q reads as %q", s.Text(&v), s.Text(&again))
			}
			var onto T
			if Overlay(settings, &onto, &v); s.Text(&onto) != s.Text(&v) {
				t.Errorf("an overlay has %q, want %q", s.Text(&onto), s.Text(&v))
			}
		})
	}
}

func TestASettingThatIsNotSetChangesNoDigest(t *testing.T) {
	lb := LoadBalancer{ID: "a/b", Groups: []Group{{ID: "g", Timeout: 5e9}}}
	before := newTables()
	want, _ := digests(&lb, &before)
	for _, at := range []int{0, len(before.group)} {
		var value Number
		after := newTables()
		added := Setting[Group]{Name: "added", At: func(*Group) Value { return &value }}
		after.group = slices.Insert(after.group, at, added)
		if got, _ := digests(&lb, &after); got != want {
			t.Errorf("a setting declared at %d changes the digest", at)
		}
		value = 1
		if got, _ := digests(&lb, &after); got == want {
			t.Error("a setting that is set does not change the digest")
		}
	}
}

func TestSettingsRefuseWhatIsOutOfBounds(t *testing.T) {
	for name, texts := range map[string][]string{
		"request-timeout":                {"0", "1.5s", "25h", "-1s", "", "soon"},
		"health-check-healthy-threshold": {"0", "11", "two", ""},
		"health-check-port":              {"0", "65536"},
		"health-check-statuses":          {"399-200", "600", "-1", "a-b", "200-"},
		"health-check-path":              {"healthz", "", "/a b", "/" + strings.Repeat("a", maxPath)},
		"health-check-host":              {"*.example.com", "a:80", ""},
		"session-cookie":                 {"a;b", "a b", ""},
		"target-mode":                    {"Pod", "pod node", ""},
	} {
		rows := GroupSettings()
		row := &rows[slices.IndexFunc(rows, func(s Setting[Group]) bool { return s.Name == name })]
		for _, text := range texts {
			var g Group
			if row.Set(&g, text) || row.IsSet(&g) {
				t.Errorf("%s allows %q", name, text)
			}
		}
	}
	rows := LoadBalancerSettings()
	for _, text := range []string{"", "team", "=x", "a=1,a=2", "a=" + strings.Repeat("x", maxTag)} {
		var lb LoadBalancer
		if rows[3].Set(&lb, text) || lb.Tags != nil {
			t.Errorf("%s allows %q", rows[3].Name, text)
		}
	}
}

func TestAMalformedSchemeIsInternal(t *testing.T) {
	var lb LoadBalancer
	if s := &LoadBalancerSettings()[0]; s.Set(&lb, "Internal") || lb.Scheme != Internal {
		t.Errorf("got %q, want internal", lb.Scheme)
	}
}
