package naming_test

import (
	"slices"
	"testing"

	"github.com/headgate-io/headgate/internal/naming"
)

// TestHashesNeverChange compares hashes with those of names that exist: sha256("1:a2:bc").
func TestHashesNeverChange(t *testing.T) {
	if got, want := naming.Hash(16, "a", "bc"), "5310a58788781ab2"; got != want {
		t.Errorf("hash is %s, want %s", got, want)
	}
	if got, want := naming.Hash(4), "e3b0"; got != want {
		t.Errorf("hash of nothing is %s, want %s", got, want)
	}
}

func TestHashDependsOnWhereAPartEnds(t *testing.T) {
	if naming.Hash(64, "a", "bc") == naming.Hash(64, "ab", "c") {
		t.Error("(a, bc) and (ab, c) have the same hash")
	}
}

func TestEmptySettingsAreNotPartOfAName(t *testing.T) {
	got := naming.Settings{"port": "80", "host": "example.com", "new": ""}.Parts()
	if want := []string{"host", "example.com", "port", "80"}; !slices.Equal(got, want) {
		t.Errorf("parts are %q, want %q", got, want)
	}
}
