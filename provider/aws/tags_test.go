package aws

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEscapedTagsAreAllowedAndReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		escaped := escapeTag(text)
		if got := unescapeTag(escaped); got != text {
			t.Fatalf("%q becomes %q", text, got)
		}
		if strings.IndexFunc(escaped, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.:/=+-@", r))
		}) >= 0 {
			t.Fatalf("%q is escaped as %q, which a tag does not allow", text, escaped)
		}
	})
}

func FuzzUnescapeTag(f *testing.F) {
	for _, seed := range []string{"", "=", "=4", "=zz", "a=3db", "default/web:80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := unescapeTag(escapeTag(unescapeTag(s))); got != unescapeTag(s) {
			t.Errorf("%q is unescaped as %q, but after a round trip as %q", s, unescapeTag(s), got)
		}
	})
}
