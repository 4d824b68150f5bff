package aws

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestFreePriorities(t *testing.T) {
	for _, test := range []struct {
		reserved []int
		want     []int // of the rules that want 10, 20, 30
	}{
		{nil, []int{10, 20, 30}},
		{[]int{15, 77}, []int{10, 20, 30}},
		{[]int{10}, []int{11, 20, 30}},
		{[]int{20, 21}, []int{10, 22, 30}},
		{[]int{10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, []int{21, 22, 30}},
	} {
		for i, want := range test.want {
			if got := freePriority(10*(i+1), test.reserved); got != want {
				t.Errorf("%v: rule %d has priority %d, want %d", test.reserved, i, got, want)
			}
		}
	}
	if got := freePriority(stagingPriority, []int{stagingPriority}); got != stagingPriority+1 {
		t.Errorf("the staging rule has priority %d", got)
	}
}

func TestFreePrioritiesRetainTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reserved := rapid.SliceOfN(rapid.IntRange(1, 60), 0, 40).Draw(t, "reserved")
		slices.Sort(reserved)
		reserved, before := slices.Compact(reserved), 0
		for p := priorityStep; p <= 50; p += priorityStep {
			free := freePriority(p, reserved)
			if free <= before || free < p || slices.Contains(reserved, free) {
				t.Fatalf("%d has priority %d after %d", p, free, before)
			}
			before = free
		}
	})
}
