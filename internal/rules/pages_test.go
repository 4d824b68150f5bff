package rules_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	pageLink = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	codeSpan = regexp.MustCompile("`([^`\n]+)`")
	repoPath = regexp.MustCompile(`^(?:\.ci|clock|cmd|config|deploy|docs|examples|internal|model|provider|reconcile)/[\w./-]+$`)
)

// named returns the files and folders that a page names, relative to the root of the repository:
// the targets of its links, and the paths in its code spans.
func named(page, text string) []string {
	var paths []string
	for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
		paths = append(paths, path.Join(path.Dir(page), m[1]))
	}
	for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
		if repoPath.MatchString(m[1]) {
			paths = append(paths, strings.TrimSuffix(m[1], "/"))
		}
	}
	return paths
}

func TestPagesNameExistingFiles(t *testing.T) {
	for _, page := range repositoryFiles(t, ".md") {
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named(page, string(text)) {
			if _, err := os.Stat(filepath.Join("..", "..", name)); err != nil {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	}
}
