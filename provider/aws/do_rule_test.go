package aws

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider"
)

func TestRulesMoveToFreePriorities(t *testing.T) {
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
		"only new rules":                      {[]provider.Op{create(10), create(20)}, map[string]int{}},
		"a new rule before another":           {[]provider.Op{create(10), update("a", 10, 20)}, map[string]int{"a": 20}},
		"two rules change places":             {[]provider.Op{update("a", 10, 20), update("b", 20, 10)}, map[string]int{"a": 20, "b": 10}},
		"a deleted rule makes room":           {[]provider.Op{create(10), remove("a", 10)}, map[string]int{"a": 11}},
		"a deleted rule not in the way stays": {[]provider.Op{create(10), remove("a", 30)}, map[string]int{}},
		"deleted rules retain their order":    {[]provider.Op{create(10), create(20), remove("a", 10), remove("b", 20)}, map[string]int{"a": 11, "b": 21}},
		"the next priority is in use":         {[]provider.Op{create(10), remove("a", 10), remove("b", 11)}, map[string]int{"a": 12}},
		"a deleted rule moves only once":      {[]provider.Op{create(10), remove("a", 11)}, map[string]int{}},
		"only an action changes":              {[]provider.Op{update("a", 10, 10)}, map[string]int{}},
		"rules after a deleted one move up":   {[]provider.Op{remove("a", 10), update("b", 20, 10)}, map[string]int{"a": 11, "b": 10}},
		"a step has no free priority":         {fullStep(), map[string]int{"first": 21}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, newPriorities(c.ops, nil)); diff != "" {
				t.Errorf("priorities (-want +got):\n%s", diff)
			}
		})
	}
}

// fullStep returns the deletion of a rule that is in the way, while all priorities up to the next
// step are in use by other deleted rules.
func fullStep() []provider.Op {
	at := func(name string, priority int) provider.Op {
		return provider.Op{Have: &provider.Resource{Spec: RuleSpec{Priority: priority}, Output: provider.Output{ID: name}}}
	}
	ops := []provider.Op{{Want: &provider.Resource{Spec: RuleSpec{Priority: 10}}}, at("first", 10)}
	for i := 11; i < 20; i++ {
		ops = append(ops, at(fmt.Sprint("r", i), i))
	}
	return ops
}
