package aws

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider"
)

func TestRulesMoveWithoutEverSharingAPlace(t *testing.T) {
	at := func(name string, priority int) *provider.Resource {
		return &provider.Resource{Spec: RuleSpec{Priority: priority}, Output: provider.Output{ID: name}}
	}
	create := func(priority int) provider.Op { return provider.Op{Want: at("", priority)} }
	update := func(name string, from, to int) provider.Op {
		return provider.Op{Have: at(name, from), Want: at(name, to)}
	}
	remove := func(name string, priority int) provider.Op { return provider.Op{Have: at(name, priority)} }
	for name, c := range map[string]struct {
		ops  []provider.Op
		want map[string]int
	}{
		"only new ones":                         {[]provider.Op{create(10), create(20)}, map[string]int{}},
		"one before another":                    {[]provider.Op{create(10), update("a", 10, 20)}, map[string]int{"a": 20}},
		"a swap":                                {[]provider.Op{update("a", 10, 20), update("b", 20, 10)}, map[string]int{"a": 20, "b": 10}},
		"what goes makes room":                  {[]provider.Op{create(10), remove("a", 10)}, map[string]int{"a": 11}},
		"what goes stays where it is in no way": {[]provider.Op{create(10), remove("a", 30)}, map[string]int{}},
		"several go and keep their order":       {[]provider.Op{create(10), create(20), remove("a", 10), remove("b", 20)}, map[string]int{"a": 11, "b": 21}},
		"the room behind is taken":              {[]provider.Op{create(10), remove("a", 10), remove("b", 11)}, map[string]int{"a": 12}},
		"what moved before moves no more":       {[]provider.Op{create(10), remove("a", 11)}, map[string]int{}},
		"an action changes and nothing moves":   {[]provider.Op{update("a", 10, 10)}, map[string]int{}},
		"one goes, those behind it move up":     {[]provider.Op{remove("a", 10), update("b", 20, 10)}, map[string]int{"a": 11, "b": 10}},
		"the room behind spills over its ten":   {spill(), map[string]int{"first": 21}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, plannedMoves(c.ops)); diff != "" {
				t.Errorf("moves (-want +got):\n%s", diff)
			}
		})
	}
}

// spill is a rule that must make room where all places up to the next step are taken by others that
// go.
func spill() []provider.Op {
	at := func(name string, priority int) provider.Op {
		return provider.Op{Have: &provider.Resource{Spec: RuleSpec{Priority: priority}, Output: provider.Output{ID: name}}}
	}
	ops := []provider.Op{{Want: &provider.Resource{Spec: RuleSpec{Priority: 10}}}, at("first", 10)}
	for i := 11; i < 20; i++ {
		ops = append(ops, at(fmt.Sprint("r", i), i))
	}
	return ops
}
