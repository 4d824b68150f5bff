package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/fake"
)

// inMemory is the reference plugin as a cloud of the quickstart.
func inMemory() cloud {
	return cloud{name: "fake", title: "In memory", open: func(_ context.Context, c clock.Clock, dial dialer) (*stage, error) {
		f := fake.NewCloud(fake.CloudOptions{Clock: c, Dial: dial})
		p, err := fake.New(f, fake.Options{ClusterID: "quickstart"})
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
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out, []cloud{inMemory()}, nil); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	t.Log(out.String())
	checkRow(t, out.String(), "fake")
}

func TestShopRunsOnAllThreeClouds(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out, clouds(), nil); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, c := range clouds() {
		checkRow(t, out.String(), c.name)
	}
}

// Other manifests may lack pods and certificates, and name zones that no cloud has.
func TestOwnManifestsAreCompleted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out, clouds(), []string{"testdata/own.yaml"}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"made up Secret team/tls: ", "made up 3 pods of Service team/plain", "https://own.example.com/hello"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}

func TestManifestsThatCannotBeShownAreNamed(t *testing.T) {
	for path, want := range map[string]string{
		"testdata/none.yaml": "no such file",
		"testdata/bad.yaml":  "bad.yaml: document 1 (line 1): ",
		"quickstart_test.go": "quickstart_test.go: ",
	} {
		if err := run(t.Context(), &bytes.Buffer{}, nil, []string{path}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

// checkRow checks that the row of a cloud has calls, requests, no failure and an empty second plan.
func checkRow(t *testing.T, out, name string) {
	t.Helper()
	row := regexp.MustCompile(`(?m)^` + name + ` +[1-9]\d* +[1-9]\d* +[1-9]\d+ +0 +empty$`)
	if !row.MatchString(out) {
		t.Errorf("no good row of %s in\n%s", name, out[strings.LastIndex(out, "cloud "):])
	}
}
