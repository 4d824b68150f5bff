package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/provider"
)

func op(name, scope string, after ...int) provider.Op {
	return provider.Op{Action: provider.Create, Key: provider.Key{Kind: "K", Name: name}, WriteScope: scope, After: after}
}

// journal carries out batches and records them.
type journal struct {
	mu      sync.Mutex
	batches []string
	result  map[string]provider.State // of ops by name; else done
	most    int                       // batches at the same time
	now     int
}

func (j *journal) run(_ context.Context, scope string, ops []provider.Op) []provider.Outcome {
	j.mu.Lock()
	names := make([]string, len(ops))
	for i, o := range ops {
		names[i] = o.Key.Name
	}
	j.batches = append(j.batches, scope+":"+strings.Join(names, ""))
	j.now++
	j.most = max(j.most, j.now)
	j.mu.Unlock()
	<-time.After(time.Second)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now--
	out := make([]provider.Outcome, len(ops))
	for i, o := range ops {
		out[i] = provider.Outcome{Key: o.Key, State: provider.Done}
		if s, ok := j.result[o.Key.Name]; ok {
			out[i].State = s
		}
	}
	return out
}

func states(out []provider.Outcome) string {
	var s strings.Builder
	for _, o := range out {
		s.WriteString(o.Key.Name + "=" + string(o.State) + " ")
	}
	return s.String()
}

func TestExecute(t *testing.T) {
	waiting := op("b", "2")
	waiting.Wait = "a moment"
	tests := []struct {
		name     string
		ops      []provider.Op
		result   map[string]provider.State
		parallel int
		batches  []string // sorted where they may begin at the same time
		states   string
		most     int
	}{
		{"nothing", nil, nil, 2, nil, "", 0},
		{"units run side by side", []provider.Op{op("a", "1"), op("b", "2"), op("c", "3")}, nil, 3, []string{"1:a", "2:b", "3:c"}, "a=done b=done c=done ", 3},
		{"but no more than may", []provider.Op{op("a", "1"), op("b", "2"), op("c", "3")}, nil, 1, []string{"1:a", "2:b", "3:c"}, "a=done b=done c=done ", 1},
		{"the ops of a unit go together", []provider.Op{op("a", "1"), op("b", "1"), op("c", "1", 1)}, nil, 2, []string{"1:abc"}, "a=done b=done c=done ", 1},
		{"a unit waits for what all of it needs", []provider.Op{op("a", "1"), op("b", "2"), op("c", "1", 1)}, nil, 2, []string{"2:b", "1:ac"}, "a=done b=done c=done ", 1},
		{"a unit is split where others need a part of it", []provider.Op{op("a", "1"), op("b", "2", 0), op("c", "1", 1)}, nil, 2, []string{"1:a", "2:b", "1:c"}, "a=done b=done c=done ", 1},
		{"what failed blocks what needs it", []provider.Op{op("a", "1"), op("b", "2", 0), op("c", "3", 1), op("d", "4")}, map[string]provider.State{"a": provider.Failed}, 1, []string{"1:a", "4:d"}, "a=failed b=blocked c=blocked d=done ", 1},
		{"what is pending blocks what needs it", []provider.Op{op("a", "1"), op("b", "2", 0)}, map[string]provider.State{"a": provider.Pending}, 1, []string{"1:a"}, "a=pending b=blocked ", 1},
		{"what waits blocks what needs it", []provider.Op{op("a", "1"), waiting, op("c", "1", 1), op("d", "1")}, nil, 1, []string{"1:ad"}, "a=done b=blocked c=blocked d=done ", 1},
		{"a unit goes without what is blocked", []provider.Op{op("a", "1"), op("b", "2", 0), op("c", "2")}, map[string]provider.State{"a": provider.Failed}, 1, []string{"1:a", "2:c"}, "a=failed b=blocked c=done ", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &journal{result: test.result}
				out := execute(t.Context(), provider.Plan{Ops: test.ops}, test.parallel, j.run)
				if test.most > 1 {
					slices.Sort(j.batches)
				}
				if diff := cmp.Diff(test.batches, j.batches); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
				if got := states(out); got != test.states {
					t.Errorf("states %s, want %s", got, test.states)
				}
				if j.most != test.most {
					t.Errorf("%d at once, want %d", j.most, test.most)
				}
			})
		})
	}
}

func TestExecuteFinishesOnlyWritesInFlightWhenTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		j := &journal{}
		out := execute(ctx, provider.Plan{Ops: []provider.Op{op("a", "1"), op("b", "2", 0), op("c", "3", 1)}}, 1, j.run)
		if got := states(out); got != "a=done b=done c=blocked " {
			t.Errorf("states %s", got)
		}
		if !errors.Is(out[2].Err, context.DeadlineExceeded) {
			t.Errorf("error of what was left: %v", out[2].Err)
		}
	})
}

// TestExecuteAnyPlan executes random plans. Every op must be carried out once and after the ops
// that it comes after, and each write scope must have one write at a time.
func TestExecuteAnyPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ops []provider.Op
		for i := range rapid.IntRange(0, 20).Draw(t, "ops") {
			o := op(strconv.Itoa(i), fmt.Sprint("u", rapid.IntRange(0, 4).Draw(t, "unit")))
			for j := range i {
				if rapid.IntRange(0, 4).Draw(t, "edge") == 0 {
					o.After = append(o.After, j)
				}
			}
			ops = append(ops, o)
		}
		w := &witness{t: t, ops: ops, done: map[string]bool{}, busy: map[string]bool{}}
		out := execute(t.Context(), provider.Plan{Ops: ops}, rapid.IntRange(1, 4).Draw(t, "parallel"), w.run)
		for i, o := range out {
			if o.State != provider.Done || o.Key != ops[i].Key || !w.done[o.Key.Name] {
				t.Errorf("outcome %d: %+v", i, o)
			}
		}
	})
}

type witness struct {
	t    *rapid.T
	ops  []provider.Op
	mu   sync.Mutex
	done map[string]bool
	busy map[string]bool
}

func (w *witness) run(_ context.Context, scope string, ops []provider.Op) []provider.Outcome {
	w.mu.Lock()
	if w.busy[scope] {
		w.t.Errorf("unit %s is written twice at a time", scope)
	}
	w.busy[scope] = true
	for _, o := range ops {
		for _, j := range o.After {
			if before := w.ops[j]; !w.done[before.Key.Name] && (before.WriteScope != scope || !slices.ContainsFunc(ops, func(x provider.Op) bool { return x.Key == before.Key })) {
				w.t.Errorf("op %s before op %s", o.Key.Name, before.Key.Name)
			}
		}
		if w.done[o.Key.Name] {
			w.t.Errorf("op %s twice", o.Key.Name)
		}
	}
	w.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy[scope] = false
	for _, o := range ops {
		w.done[o.Key.Name] = true
	}
	return sameOutcomes(ops, provider.Done, nil)
}
