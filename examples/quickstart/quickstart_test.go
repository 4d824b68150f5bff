package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/internal/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider/fake"
)

// inMemory is the reference plugin on the stage of a cloud.
func inMemory() cloud {
	return cloud{name: "fake", title: "In memory", open: func(_ context.Context, c clock.Clock, dial dataplane.Dialer) (*stage, error) {
		f := fake.NewCloud(fake.CloudOptions{Clock: c, Dial: dial})
		p, err := fake.New(f, fake.Options{Cluster: "quickstart"})
		return &stage{
			provider: p, zones: []string{"a", "b", "c"}, dial: f.Dial, reset: f.ResetCalls, close: f.Close,
			calls: func() (all, writes int) {
				for _, call := range f.Calls() {
					all++
					if call.Write {
						writes++
					}
				}
				return all, writes
			},
		}, err
	}}
}

func TestTourEndsWithNoFailedRequestAndAnEmptyPlan(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, []cloud{inMemory()}, nil); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	t.Log(out.String())
	holdsRow(t, out.String(), "fake")
}

// holdsRow wants calls, requests, no failure and an empty second plan.
func holdsRow(t *testing.T, out, name string) {
	t.Helper()
	row := regexp.MustCompile(`(?m)^` + name + ` +[1-9]\d* +[1-9]\d* +[1-9]\d+ +0 +empty$`)
	if !row.MatchString(out) {
		t.Errorf("no good row of %s in\n%s", name, out[strings.LastIndex(out, "cloud "):])
	}
}
