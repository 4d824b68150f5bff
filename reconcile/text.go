package reconcile

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// TextOptions says how a report is written for people.
type TextOptions struct {
	Provider string // the name of the provider, written with each load balancer
	// Applied writes what became of each op instead of what would be done.
	Applied bool
	// Color marks what is made, changed and deleted with the colours of a terminal.
	Color bool
	// Short leaves out fields and reasons: a line for each op.
	Short bool
	// NotesOnly leaves out problems for which something is refused; the caller writes them
	// elsewhere.
	NotesOnly bool
}

// WriteText writes the report as a diff: "+" is made, "~" changed, "-" deleted, "=" spared, and a
// summary at the end.
func (r Report) WriteText(w io.Writer, o TextOptions) error {
	t := &textWriter{o: o}
	for _, res := range r.Results {
		t.result(res)
	}
	t.summary(r)
	_, err := io.WriteString(w, t.b.String())
	return err
}

type textWriter struct {
	b strings.Builder
	o TextOptions
}

func (t *textWriter) result(r Result) {
	shown := t.shown(r.Problems)
	addresses := t.o.Applied && len(r.Addresses) > 0
	if len(r.Steps) == 0 && len(shown) == 0 && r.Err == nil && !addresses {
		return
	}
	t.printf("%s\n", t.paint(bold, printable(string(r.ID))+" ("+t.o.Provider+")"))
	width := t.width(r.Steps)
	for _, s := range r.Steps {
		t.step(s, width)
	}
	for _, p := range shown {
		t.printf("  %s\n", t.paint(yellow, "! "+string(p.Reason)+": "+printable(p.String())))
	}
	if r.Err != nil {
		t.printf("  %s\n", t.paint(red, "! "+printable(r.Err.Error())))
	}
	if addresses {
		t.printf("  at %s\n", printable(strings.Join(r.Addresses, ", ")))
	}
	t.printf("\n")
}

// shown is the problems that the report itself writes.
func (t *textWriter) shown(problems []model.Problem) []model.Problem {
	if !t.o.NotesOnly {
		return problems
	}
	return slices.DeleteFunc(slices.Clone(problems), model.Problem.Refuses)
}

// widest bounds the column of names, so that one long name does not push all reasons away.
const widest = 72

func (t *textWriter) width(steps []Step) int {
	width := 0
	for _, s := range steps {
		if n := utf8.RuneCountInString(s.Key.String()); n > width && n <= widest {
			width = n
		}
	}
	return width
}

func (t *textWriter) step(s Step, width int) {
	sign, color := signOf(s)
	name := printable(s.Key.String())
	remark := t.remark(s)
	if remark == "" {
		t.printf("  %s\n", t.paint(color, sign+" "+name))
		return
	}
	t.printf("  %s  %s\n", t.paint(color, sign+" "+pad(name, width)), remark)
	if !t.o.Short {
		t.fields(s.Action, s.Fields)
	}
	if s.Wait != "" && !s.Spared {
		t.printf("      waits: %s\n", printable(s.Wait))
	}
}

// remark is what stands behind the name: why, or what became of it.
func (t *textWriter) remark(s Step) string {
	switch {
	case s.Spared:
		return "spared: " + printable(cmp.Or(s.Wait, "it comes after something that is"))
	case t.o.Applied && s.Outcome != nil && s.Outcome.Err != nil:
		return t.paint(red, string(s.Outcome.State)+": "+printable(s.Outcome.Err.Error()))
	case t.o.Applied && s.Outcome != nil:
		return string(s.Outcome.State)
	case t.o.Short:
		return ""
	default:
		return printable(s.Why)
	}
}

// fields is what an op changes; of a create what it makes, once it is a plan and not what was done.
func (t *textWriter) fields(action provider.Action, fields []provider.Field) {
	for _, f := range fields {
		if action == provider.Create {
			if !t.o.Applied && f.Want != "" {
				t.printf("      %s: %s\n", printable(f.Path), printable(f.Want))
			}
			continue
		}
		t.printf("      %s: %s → %s\n", printable(f.Path), show(f.Have), show(f.Want))
	}
}

// show makes nothing visible.
func show(s string) string {
	if s == "" {
		return "(none)"
	}
	return printable(s)
}

// printable keeps what somebody wrote into an object from moving the cursor of who reads the
// report, and to one line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		default:
			return r
		}
	}, s)
}

func (t *textWriter) summary(r Report) {
	c := r.count(t.o.Applied)
	switch {
	case r.Empty():
		t.printf("No changes%s.\n", r.spared())
	case !t.o.Applied:
		t.printf("Plan: %d to create, %d to change, %d to delete%s.\n", c[provider.Create], c[provider.Update], c[provider.Delete], r.spared())
	default:
		t.printf("Applied: %d created, %d changed, %d deleted%s%s.\n", c[provider.Create], c[provider.Update], c[provider.Delete], r.spared(), r.leftovers())
	}
}

// spared counts the ops that are not carried out because an object is refused.
func (r Report) spared() string {
	n := 0
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if s.Spared {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d spared", n)
}

// count is how many ops there are of each action, or how many of them were carried out.
func (r Report) count(done bool) map[provider.Action]int {
	c := map[provider.Action]int{}
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if !s.Spared && (!done || s.done()) {
				c[s.Action]++
			}
		}
	}
	return c
}

func (s Step) done() bool { return s.Outcome != nil && s.Outcome.State == provider.Done }

// Left is the ops that were not carried out, but for those that are spared.
func (r Report) Left() []Step {
	var left []Step
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if !s.done() && !s.Spared {
				left = append(left, s)
			}
		}
	}
	return left
}

func (r Report) leftovers() string {
	left := r.Left()
	if len(left) == 0 {
		return ""
	}
	failed := 0
	for _, s := range left {
		if s.Outcome != nil && s.Outcome.State == provider.Failed {
			failed++
		}
	}
	return fmt.Sprintf("; %d failed, %d left", failed, len(left)-failed)
}

// Problems is every problem of the report, in its order.
func (r Report) Problems() []model.Problem {
	var all []model.Problem
	for _, res := range r.Results {
		all = append(all, res.Problems...)
	}
	return all
}

// The colours of ANSI X3.64.
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func signOf(s Step) (sign, color string) {
	if s.Spared {
		return "=", yellow
	}
	switch s.Action {
	case provider.Create:
		return "+", green
	case provider.Update:
		return "~", yellow
	case provider.Delete:
		return "-", red
	}
	return "?", red
}

func (t *textWriter) paint(color, s string) string {
	if !t.o.Color {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (t *textWriter) printf(format string, args ...any) { fmt.Fprintf(&t.b, format, args...) }

func pad(s string, width int) string {
	if n := utf8.RuneCountInString(s); n < width {
		return s + strings.Repeat(" ", width-n)
	}
	return s
}
