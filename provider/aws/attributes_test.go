package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAttributesAreReversible(t *testing.T) {
	defaults := TargetGroupSpec{Draining: 300}
	for name, want := range map[string]TargetGroupSpec{
		"defaults": defaults, "no draining": {}, "draining": {Draining: 60}, "affinity": {Draining: 300, Sticky: 3600},
		"slow start": {Draining: 300, SlowStart: 60},
	} {
		var got TargetGroupSpec
		for _, a := range attributes() {
			a.decode(&got, a.encode(want))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if sameAttributes(want, defaults) != (name == "defaults") {
			t.Errorf("%s: compared wrongly with the defaults", name)
		}
	}
	got := TargetGroupSpec{Draining: 1, Sticky: 1, SlowStart: 60}
	decodeAttributes(&got, nil)
	if diff := cmp.Diff(defaults, got); diff != "" {
		t.Errorf("a new target group (-want +got):\n%s", diff)
	}
}
