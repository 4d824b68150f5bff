package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/reconcile/controller"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

// guides returns the pages by name.
func guides(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "..", "docs", "guides", "*.md"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%v, %v", files, err)
	}
	pages := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(f)] = string(text)
	}
	return pages
}

// every calls do with each match of a pattern in the guides, or with the match's first group if the
// pattern has one.
func every(t *testing.T, pattern string, do func(page, found string)) {
	t.Helper()
	n := 0
	for page, text := range guides(t) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			do(page, m[len(m)-1])
			n++
		}
	}
	if n == 0 {
		t.Errorf("nothing in the guides is like %s", pattern)
	}
}

func TestGuideLinksResolve(t *testing.T) {
	at := func(page, path string) {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", page, err)
		}
	}
	every(t, `\]\(([^)#:]+)\)`, func(page, link string) { at(page, filepath.Join(root, "..", "docs", "guides", link)) })
	every(t, "(?:deploy|examples|internal)/[a-zA-Z0-9_./-]*[a-zA-Z0-9]", func(page, path string) { at(page, filepath.Join(root, "..", path)) })
}

// Flags of the headgate command, which the guides mention as well.
func flagsOfTheCommand() []string { return []string{"--force", "--detailed-exitcode"} }

func TestGuideFlagsExist(t *testing.T) {
	flags := program.Command(program.Cloud{Name: "aws"}).Flags()
	every(t, "`(--[a-z-]+)[^`]*`", func(page, flag string) {
		for _, other := range flagsOfTheCommand() {
			if flag == other {
				return
			}
		}
		if flags.Lookup(strings.TrimPrefix(flag, "--")) == nil {
			t.Errorf("%s: there is no flag %s", page, flag)
		}
	})
}

func TestGuideMetricsExist(t *testing.T) {
	all := existing(t)
	every(t, `headgate_[a-z_]+`, func(page, name string) {
		if !all.names[name] {
			t.Errorf("%s: there is no metric %s", page, name)
		}
	})
	page := guides(t)["metrics-and-alerts.md"]
	for name := range all.names {
		if !strings.Contains(page, "\n| `"+name+"` |") {
			t.Errorf("metrics-and-alerts.md does not explain %s", name)
		}
	}
}

func TestGuideExplainsEveryAlert(t *testing.T) {
	page, known := guides(t)["metrics-and-alerts.md"], set{}
	for _, r := range rules(t) {
		known[r.Alert] = true
		if !strings.Contains(page, "\n### "+r.Alert+"\n") {
			t.Errorf("nobody says what to do about %s", r.Alert)
		}
	}
	every(t, `\bHeadgate[A-Z][A-Za-z]+`, func(page, name string) {
		if !known[name] {
			t.Errorf("%s: there is no alert %s", page, name)
		}
	})
}

func TestGuideAnnotationsExist(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(root, "..", "model", "kube", "ANNOTATIONS.md"))
	if err != nil {
		t.Fatal(err)
	}
	hook := string(read(t, "kustomize", "base", "webhook.yaml"))
	known := func(name string) bool {
		switch name {
		case controller.AnnotationAbandon, controller.AnnotationRelease, "headgate.io/cluster":
			return true
		}
		for _, cloud := range clouds(t) {
			if name == "headgate.io/"+cloud || name == controller.Finalizer("headgate.io/"+cloud) {
				return true
			}
		}
		return strings.Contains(hook, name+":") || strings.Contains(string(table), "`"+name+"`")
	}
	every(t, `headgate\.io/[a-z-]+[a-z]`, func(page, name string) {
		if !known(name) {
			t.Errorf("%s: nothing knows %s", page, name)
		}
	})
}

func TestGuideControllerIsTheExample(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(root, "..", "examples", "controller-custom", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "package main")
	_, shown, _ := strings.Cut(guides(t)["own-controller.md"], "```go\npackage main")
	shown, _, _ = strings.Cut(shown, "```")
	if diff := cmp.Diff(code, shown); diff != "" {
		t.Errorf("(-example +guide):\n%s", diff)
	}
	if n := strings.Count(strings.TrimSpace(code), "\n") + 1; n > 30 {
		t.Errorf("it has %d lines", n)
	}
}

var row = regexp.MustCompile(`(?m)^\| (AWS|Google Cloud|Azure|the test) \| (\d+) s \| (\d+) s \| (\d+) s \| ([^|]+) \| (\d+) s \|$`)

// The guide's numbers follow from its own formulas, and those of the test are the ones that the
// rollout test uses.
func TestRolloutGuideNumbersAddUp(t *testing.T) {
	page := guides(t)["rollouts.md"]
	rows := row.FindAllStringSubmatch(page, -1)
	if len(rows) != 4 {
		t.Fatalf("%d rows of numbers", len(rows))
	}
	for _, r := range rows {
		c, s, sleep, grace := number(t, r[2]), number(t, r[3]), number(t, r[4]), number(t, r[6])
		if window := 1; sleep < 1+window+c+s {
			t.Errorf("%s: a preStop of %d s is too short", r[1], sleep)
		}
		longest := 30
		if r[1] == "the test" { // its requests take 20 ms
			longest = 1
			inTheTest(t, sleep, grace)
		}
		if grace < sleep+longest+5 {
			t.Errorf("%s: a grace of %d s is too short", r[1], grace)
		}
	}
	sleep, grace := "seconds: "+rows[0][4], "terminationGracePeriodSeconds: "+rows[0][6]
	if !strings.Contains(page, sleep+"\n") || !strings.Contains(page, grace+"\n") {
		t.Errorf("the pod of the guide has other numbers than those of AWS: %s, %s", sleep, grace)
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// inTheTest compares numbers with the pod of the rollout test.
func inTheTest(t *testing.T, sleep, grace int) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "e2e", "rollout_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{fmt.Sprintf("SleepAction{Seconds: %d}", sleep), fmt.Sprintf("grace := int64(%d)", grace)} {
		if !strings.Contains(string(source), want) {
			t.Errorf("the rollout test has no %s", want)
		}
	}
}
