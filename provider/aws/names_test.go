package aws

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNamesFitLoadBalancersAndTargetGroups(t *testing.T) {
	p := &Provider{options: Options{ClusterID: "demo", VPCID: "vpc-1"}, prefix: clusterPrefix("demo")}
	rapid.Check(t, func(t *rapid.T) {
		readable := rapid.String().Draw(t, "readable")
		name := p.name(readable, readable)
		ok := strings.IndexFunc(name, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') }) < 0
		if len(name) > 32 || !ok || strings.HasSuffix(name, "-") || strings.Contains(name, "--") || !strings.HasPrefix(name, p.prefix) {
			t.Fatalf("%q gives the name %q", readable, name)
		}
		if other := p.name(readable, readable+"x"); other == name {
			t.Fatalf("two identities have the name %q", name)
		}
	})
}

func TestTagsKeepWhatIsWrittenInThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		escaped := escapeTag(text)
		if got := unescapeTag(escaped); got != text {
			t.Fatalf("%q came back as %q", text, got)
		}
		if strings.IndexFunc(escaped, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.:/=+-@", r))
		}) >= 0 {
			t.Fatalf("%q was written as %q, which a tag does not take", text, escaped)
		}
	})
}

func FuzzUnescapeTag(f *testing.F) {
	for _, seed := range []string{"", "=", "=4", "=zz", "a=3db", "default/web:80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := unescapeTag(escapeTag(unescapeTag(s))); got != unescapeTag(s) {
			t.Errorf("%q is read as %q, then as %q", s, unescapeTag(s), got)
		}
	})
}
