package model_test

import (
	"testing"

	"github.com/headgate-io/headgate/model"
)

func TestWeightDivisorReducesWeights(t *testing.T) {
	for _, test := range []struct {
		weights []int
		want    int
	}{
		{nil, 0},
		{[]int{0, 0}, 0},
		{[]int{7}, 7},
		{[]int{0, 6, 9}, 3},
		{[]int{900, 100}, 100},
		{[]int{2, 3}, 1},
	} {
		var f model.Forward
		for _, w := range test.weights {
			f.Groups = append(f.Groups, model.Weighted{Weight: w})
		}
		if got := f.WeightDivisor(); got != test.want {
			t.Errorf("divisor of %v is %d, want %d", test.weights, got, test.want)
		}
	}
}

func TestEndpointWithoutAStateIsReady(t *testing.T) {
	for state, want := range map[model.EndpointState]bool{"": true, model.Ready: true, model.Draining: false, model.NotReady: false} {
		if got := state.IsReady(); got != want {
			t.Errorf("state %q is ready: %v, want %v", state, got, want)
		}
	}
}
