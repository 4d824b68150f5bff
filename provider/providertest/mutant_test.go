package providertest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMutants runs the suite on each wrong variant of the small provider, in a process of its own,
// until the first sentence fails.
func TestMutants(t *testing.T) {
	if os.Getenv(mutantVariable) != "" {
		t.Skip("this is a mutant's process")
	}
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	if raceEnabled {
		t.Skip("a data race in a mutant would count as a failure of the suite")
	}
	all := mutants()
	failures := make([]string, len(all))
	var running sync.WaitGroup
	slots := make(chan struct{}, 4) // much of a run is waiting
	for i, m := range all {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failures[i] = firstFailure(t, m.name)
		})
	}
	running.Wait()
	var table strings.Builder
	for i, m := range all {
		fmt.Fprintf(&table, "%-55s %s\n", m.name, failures[i])
		if failures[i] == "" {
			t.Errorf("the suite passes the mutant: %s", m.name)
		}
	}
	t.Logf("%d mutants, and the first sentence that each fails:\n%s", len(all), table.String())
}

// mostTime bounds the run of one mutant.
const mostTime = 2 * time.Minute

// firstFailure runs the suite on a mutant, and returns the first sentence that fails; empty where
// none does.
func firstFailure(t *testing.T, name string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostTime)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], //nolint:gosec // this test binary
		"-test.run=^TestSmallProvider$", "-test.v=test2json", "-test.failfast", "-test.parallel=8",
		"-rapid.seed=1", "-rapid.checks=4", "-rapid.shrinktime=0s", "-rapid.nofailfile")
	c.Env = append(os.Environ(), mutantVariable+"="+name)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Error(err)
		return ""
	}
	if err := c.Start(); err != nil {
		t.Error(err)
		return ""
	}
	failure := ""
	for lines := bufio.NewScanner(out); failure == "" && lines.Scan(); {
		failure = sentenceOf(lines.Text())
	}
	cancel() // the first failure is enough
	_ = c.Wait()
	return failure
}

// sentenceOf is the sentence in a line that reports a failure.
func sentenceOf(line string) string {
	if died := strings.TrimLeft(line, "\x16 "); strings.HasPrefix(died, "panic:") || strings.HasPrefix(died, "fatal error:") {
		return line
	}
	_, failed, ok := strings.Cut(line, "--- FAIL: TestSmallProvider/")
	if !ok {
		return ""
	}
	failed, _, _ = strings.Cut(failed, " (")
	_, sentence, _ := strings.Cut(failed, "/")
	return strings.ReplaceAll(sentence, "_", " ")
}
