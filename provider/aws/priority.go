package aws

import "slices"

// freePriority returns the priority of the rule that wants the priority p, a multiple of
// priorityStep, in a listener where rules of others have the reserved priorities, which are sorted.
// Rules retain their order: each has the first free priority after that of the rule before it.
func freePriority(p int, reserved []int) int {
	if len(reserved) == 0 {
		return p
	}
	first := priorityStep
	if p >= stagingPriority {
		first = stagingPriority
	}
	free := first - 1
	for step := first; step <= p; step += priorityStep {
		free = max(step, free+1)
		for isReserved(free, reserved) {
			free++
		}
	}
	return free
}

func isReserved(p int, reserved []int) bool {
	_, found := slices.BinarySearch(reserved, p)
	return found
}

// withFreePriority returns a wanted rule with the priority that it gets.
func withFreePriority(spec RuleSpec, reserved []int) RuleSpec {
	spec.Priority, spec.Reserved = freePriority(spec.Priority, reserved), reserved
	return spec
}
