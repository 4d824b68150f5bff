package kube

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
)

func TestAnnotationsPageIsTheTable(t *testing.T) {
	want := page()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("ANNOTATIONS.md", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("ANNOTATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("ANNOTATIONS.md is not the table (-table +page):\n%s", diff)
	}
}

// page writes the table as Markdown.
func page() string {
	var b strings.Builder
	b.WriteString(`# Annotations

What Ingress cannot say, by annotations. The table in ` + "`annotations.go`" + ` is the source of this page; a test holds the two equal.

An annotation in the domain ` + "`headgate.io`" + ` that is not on this page, a value that is not allowed, and one on a kind where it has no
meaning are problems of their object (reason Invalid), and what holds without the annotation holds. Where both the Service and the
Ingress have an annotation, the Service's wins: who owns a backend knows it best. Of Ingresses that share a load balancer the oldest
decides what there is only one of: scheme, IP family, static addresses and TLS policy.

| annotation | on | allowed | without it | meaning |
|---|---|---|---|---|
`)
	for _, a := range annotations() {
		b.WriteString("| `" + a.name + "` | " + a.on.String() + " | " + a.allowed + " | " + a.fallback + " | " + a.meaning + " |\n")
	}
	return b.String()
}

func TestEveryAnnotationIsDeclaredOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range annotations() {
		if seen[a.name] || !strings.HasPrefix(a.name, prefix) || a.on == 0 || a.allowed == "" || a.fallback == "" || a.meaning == "" {
			t.Errorf("%s is declared twice, or not fully", a.name)
		}
		seen[a.name] = true
		if strings.Contains(a.allowed+a.fallback+a.meaning, "|") {
			t.Errorf("%s would break the page", a.name)
		}
	}
}

func TestAMalformedSchemeIsInternal(t *testing.T) {
	set, ok := parseScheme("Internal")
	if ok || set == nil {
		t.Fatal("a malformed scheme must be refused, and set something")
	}
	s := settings{}
	set(&s)
	if s.scheme != model.Internal {
		t.Errorf("got %q, want internal", s.scheme)
	}
}

func TestNearestSuggestsOnlyWhatIsNear(t *testing.T) {
	table := map[string]annotation{}
	for _, a := range annotations() {
		table[a.name] = a
	}
	for name, want := range map[string]string{
		"headgate.io/schema":                        "; nearest is headgate.io/scheme",
		"headgate.io/health-check-intervall":        "; nearest is headgate.io/health-check-interval",
		"headgate.io/target_mode":                   "; nearest is headgate.io/target-mode",
		"headgate.io/certificate":                   "; nearest is headgate.io/certificates",
		"headgate.io/unrelated-thing":               "",
		"headgate.io/" + strings.Repeat("x", 1<<16): "",
	} {
		if got := nearest(name, table); got != want {
			t.Errorf("nearest(%.40q) is %q, want %q", name, got, want)
		}
	}
}

func TestDigestDiffersWhereSettingsDo(t *testing.T) {
	seen := map[string]string{new(backendSettings).digest(): "nothing"}
	values := map[string]string{
		"target-mode": "node", "backend-protocol": "GRPC", "request-timeout": "7", "draining-time": "70", "session-affinity": "cookie",
		"session-affinity-ttl": "8", "session-cookie": "c", "health-check-protocol": "TCP", "health-check-path": "/p",
		"health-check-port": "9", "health-check-host": "h", "health-check-interval": "10", "health-check-timeout": "4",
		"health-check-healthy-threshold": "5", "health-check-unhealthy-threshold": "6", "health-check-statuses": "201-300",
	}
	for _, a := range annotations() {
		if a.on&onService == 0 {
			continue
		}
		set, ok := a.parse(values[strings.TrimPrefix(a.name, prefix)])
		if !ok {
			t.Fatalf("%s has no valid value here", a.name)
		}
		var s settings
		set(&s)
		d := s.backend.digest()
		if other, taken := seen[d]; taken {
			t.Errorf("%s and %s have the digest %s", a.name, other, d)
		}
		seen[d] = a.name
	}
}

func TestTextThatWasHandedOutStaysWhenTheBlockEnds(t *testing.T) {
	var x text
	var all, want []string
	for i := range 300 {
		s := strings.Repeat(string(rune('a'+i%26)), i)
		all, want = append(all, x.join(s, "/", s)), append(want, s+"/"+s)
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func TestArenaListsDoNotGrowIntoEachOther(t *testing.T) {
	var a arena[int]
	x, y := a.one(1), a.one(2)
	x = append(x, 3)
	if y[0] != 2 || len(x) != 2 {
		t.Errorf("got %v and %v", x, y)
	}
}
