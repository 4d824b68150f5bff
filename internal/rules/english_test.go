package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxColumns is the width of comments and documents, with a tab stop at every tabColumns.
const (
	maxColumns = 100
	tabColumns = 4
)

// dictionary maps words that identifiers must not contain, in all their inflections, to the words
// to use instead.
var dictionary = func() map[string]string {
	words := map[string]string{}
	for _, entry := range []struct{ banned, better string }{
		{"tell tells told telling say says said saying", "report, observed, announced or listed"},
		{"cold", "unverified"},
		{"warm warms warmed warming", "serving"},
		{"spare spares spared sparing carry carries carried carrying", "retain or lastKnownGood"},
		{"keep keeps kept keeping hold holds held holding", "retain or lastKnownGood"},
		{"linger lingers lingered lingering", "drain or drainDelay"},
		{"proven", "healthy"},
		{"leaving", "draining"},
		{"condemned pardon pardons pardoned", "garbage collection or candidate"},
		{"orphan orphans orphaned", "garbage collection or candidate"},
		{"sweep sweeps swept sweeping vouched", "garbage collection or candidate"},
		{"treat treats treated treatment", "backoff or retryPolicy"},
		{"standing asking bystander bystanders whose nobodys", "owned, releasing or ignored"},
		{"ledger ledgers giveback", "pending work or queue"},
		{"take takes taken taking", "queue, accept or use"},
		{"mark marks marked marking", "queue or tag"},
		{"touch touches touched touching", "requeue, change or update"},
		{"gather gathers gathered gathering", "collect or load"},
		{"trim trims trimmed trimming", "cache transform"},
		{"wrap wraps wrapped wrapping watched", "instrumented"},
		{"unit units", "writeScope"},
		{"basis hint hints", "derived settings"},
		{"flaw flaws flawed", "inconsistent annotation"},
	} {
		for _, word := range strings.Fields(entry.banned) {
			words[word] = entry.better
		}
	}
	return words
}()

// source is one parsed Go file of the repository.
type source struct {
	path  string
	lines []string
	fset  *token.FileSet
	file  *ast.File
}

func (s source) line(pos token.Pos) int { return s.fset.Position(pos).Line }

// repositoryFiles returns the paths, relative to the root of the repository, of the files that
// have an extension, in all modules.
func repositoryFiles(t *testing.T, extension string) []string {
	t.Helper()
	root := os.DirFS(filepath.Join("..", ".."))
	var paths []string
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && skipped(name) {
			return fs.SkipDir
		}
		if !entry.IsDir() && filepath.Ext(name) == extension {
			paths = append(paths, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("the repository has no %s files", extension)
	}
	return paths
}

func skipped(dir string) bool {
	base := filepath.Base(dir)
	return base == "testdata" || base == "bin" || len(base) > 1 && base[0] == '.'
}

// sources parses all Go files, except generated ones.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, name := range repositoryFiles(t, ".go") {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if s := parse(t, name, string(text)); !ast.IsGenerated(s.file) {
			all = append(all, s)
		}
	}
	return all
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: name, lines: strings.Split(text, "\n"), fset: fset, file: file}
}

// columns returns the width of a line whose tabs reach to the next multiple of tabColumns.
func columns(line string) int {
	n := 0
	for _, r := range line {
		if n++; r == '\t' {
			n += (tabColumns - n%tabColumns) % tabColumns
		}
	}
	return n
}

var (
	goDirective = regexp.MustCompile(`^\s*//go:`)
	onlyURL     = regexp.MustCompile(`^\s*(//|\*|-|<)*\s*<?https?://\S+$`)
)

// breakable reports whether a line can be wrapped. A Go directive and a line that holds nothing but
// a URL cannot.
func breakable(line string) bool {
	return !goDirective.MatchString(line) && !onlyURL.MatchString(line)
}

// wideComments returns the numbers of the lines that have a comment and are wider than maxColumns.
func wideComments(s source) []int {
	var wide []int
	for _, group := range s.file.Comments {
		for n := s.line(group.Pos()); n <= s.line(group.End()); n++ {
			if line := s.lines[n-1]; columns(line) > maxColumns && breakable(line) {
				wide = append(wide, n)
			}
		}
	}
	return wide
}

func TestCommentsFitTheColumns(t *testing.T) {
	for _, s := range sources(t) {
		for _, n := range wideComments(s) {
			t.Errorf("%s:%d: the line has a comment and more than %d columns", s.path, n, maxColumns)
		}
	}
}

func TestCommentsUseReportsWhether(t *testing.T) {
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			text := strings.ToLower(strings.Join(strings.Fields(group.Text()), " "))
			if strings.Contains(text, "tells "+"whether") {
				t.Errorf("%s:%d: write %q", s.path, s.line(group.Pos()), "reports whether")
			}
		}
	}
}

// declared returns the identifiers that a file declares. Uses of names that others declare are not
// among them.
func declared(file *ast.File) []*ast.Ident {
	names := []*ast.Ident{file.Name}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec:
			names = append(names, n.Name)
		case *ast.FuncDecl:
			names = append(names, n.Name)
		case *ast.TypeSpec:
			names = append(names, n.Name)
		case *ast.ValueSpec:
			names = append(names, n.Names...)
		case *ast.Field:
			names = append(names, n.Names...)
		case *ast.LabeledStmt:
			names = append(names, n.Label)
		case *ast.AssignStmt:
			names = append(names, defined(n.Tok, n.Lhs...)...)
		case *ast.RangeStmt:
			names = append(names, defined(n.Tok, n.Key, n.Value)...)
		}
		return true
	})
	return slices.DeleteFunc(names, func(id *ast.Ident) bool { return id == nil })
}

// defined returns the identifiers among the operands of a short variable declaration.
func defined(tok token.Token, operands ...ast.Expr) []*ast.Ident {
	if tok != token.DEFINE {
		return nil
	}
	var names []*ast.Ident
	for _, operand := range operands {
		if id, ok := operand.(*ast.Ident); ok {
			names = append(names, id)
		}
	}
	return names
}

var (
	acronymEnd = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
	camelWord  = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)
)

// camelWords splits an identifier into lower-case words: parseURLPath becomes parse, url, path.
func camelWords(name string) []string {
	return strings.Fields(strings.ToLower(strings.Join(
		camelWord.FindAllString(acronymEnd.ReplaceAllString(name, "${1}_${2}"), -1), " ")))
}

func TestIdentifiersUseTheWordsOfTheField(t *testing.T) {
	for _, s := range sources(t) {
		for _, id := range declared(s.file) {
			for _, w := range camelWords(id.Name) {
				if better, banned := dictionary[w]; banned {
					t.Errorf("%s:%d: %s has the word %q; use %s", s.path, s.line(id.Pos()), id.Name, w, better)
				}
			}
		}
	}
}

// TestEnglishRulesFindViolations shows that the rules above see what they are for.
func TestEnglishRulesFindViolations(t *testing.T) {
	s := parse(t, "x.go", `package x

//go:build this && directive && is && long && enough && to && exceed && one && hundred && columns && in && total
// https://example.com/a/path/that/is/so/long/that/it/does/not/fit/into/the/hundred/columns/of/a/comment/line
// This line is prose, and it goes on and on until it is wider than a hundred columns, which is wrong.
func (unitReceiver T) saysIt(warmParam int) (heldResult error) {
	keepVar, ok := m[warmParam]
	for takenKey, markValue := range m {
	}
touchLabel:
	strings.TrimSpace(foreign.Hold)
	_ = func(toldLiteral int) {}
	return nil
}

type flawType struct{ coldField int }
type asker interface{ TreatMethod() }
`)
	if got := wideComments(s); !slices.Equal(got, []int{5}) {
		t.Errorf("wide comments on lines %v, want 5", got)
	}
	var got []string
	for _, id := range declared(s.file) {
		for _, w := range camelWords(id.Name) {
			if _, banned := dictionary[w]; banned {
				got = append(got, w)
			}
		}
	}
	slices.Sort(got)
	want := strings.Fields("cold flaw held keep mark says taken told touch treat unit warm")
	if !slices.Equal(got, want) {
		t.Errorf("banned words %v, want %v", got, want)
	}
}

var tableRow = regexp.MustCompile(`^\s*\|`)

// wideProse returns the numbers of the lines of a Markdown page that are wider than maxColumns,
// except rows of tables and code.
func wideProse(text string) []int {
	var wide []int
	code := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		indented := strings.HasPrefix(line, "    ")
		if columns(line) > maxColumns && !code && !indented && !tableRow.MatchString(line) && breakable(line) {
			wide = append(wide, i+1)
		}
	}
	return wide
}

func TestPagesFitTheColumns(t *testing.T) {
	for _, name := range repositoryFiles(t, ".md") {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range wideProse(string(text)) {
			t.Errorf("%s:%d: more than %d columns", name, n, maxColumns)
		}
	}
}
