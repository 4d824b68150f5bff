package provider_test

import (
	"slices"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

func TestCompareValuesReportsDifferencesByPath(t *testing.T) {
	want := map[string]string{"z": "1", "same": "1", "empty": "", "added": "1"}
	have := map[string]string{"z": "2", "same": "1", "removed": "1", "unset": ""}
	fields := []provider.Field{{Path: "added", Want: "1"}, {Path: "removed", Have: "1"}, {Path: "z", Want: "1", Have: "2"}}
	if got := provider.CompareValues(want, have); !slices.Equal(got, fields) {
		t.Errorf("got %v, want %v", got, fields)
	}
	if got := provider.CompareValues(want, want); got != nil {
		t.Errorf("equal values differ: %v", got)
	}
}
