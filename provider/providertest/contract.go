//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"slices"
	"testing"
)

// sentence is one sentence of the contract, and its test.
type sentence struct {
	text string
	test func(t *testing.T, h Harness)
}

func runContract(t *testing.T, h Harness) {
	for _, s := range slices.Concat(declared(), translated(), observed(), done(), disturbed(), staged(), refusing(), budgets(), answered(), features(), owned(), certified(), drained()) {
		t.Run(s.text, func(t *testing.T) {
			t.Parallel()
			s.test(t, h)
		})
	}
}
