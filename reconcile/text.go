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

// TextOptions configures [Report.WriteText].
type TextOptions struct {
	Provider string // the provider's name, written with each load balancer
	// Applied writes the outcome of each op instead of its reason.
	Applied bool
	// Color uses the colors of an ANSI terminal.
	Color bool
	// Short writes one line for each op, without fields and reasons.
	Short bool
	// OmitRefusals leaves out the problems that refuse something. The caller writes them elsewhere.
	OmitRefusals bool
}

// WriteText writes the report as a diff, with a summary at the end. An op begins with "+" for a
// create, "~" for an update, "-" for a delete, or "=" if it is retained.
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

// shown returns the problems to write.
func (t *textWriter) shown(problems []model.Problem) []model.Problem {
	if !t.o.OmitRefusals {
		return problems
	}
	return slices.DeleteFunc(slices.Clone(problems), model.Problem.Refuses)
}

// widest bounds the width of the column of names, so that one long name does not move all reasons
// off the screen.
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
	if s.Wait != "" && !s.Retained {
		t.printf("      waits: %s\n", printable(s.Wait))
	}
}

// remark returns the reason or the outcome of an op.
func (t *textWriter) remark(s Step) string {
	switch {
	case s.Retained:
		return "retained: " + printable(cmp.Or(s.Wait, "depends on a retained resource"))
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

// fields writes the changes of an op. The fields of a create are only written in a plan.
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

// show returns a value, or "(none)" if it is empty.
func show(s string) string {
	if s == "" {
		return "(none)"
	}
	return printable(s)
}

// printable returns s on one line and without control characters, since s may come from an object
// that anyone can write.
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
		t.printf("No changes%s.\n", r.retained())
	case !t.o.Applied:
		t.printf("Plan: %d to create, %d to change, %d to delete%s.\n", c[provider.Create], c[provider.Update], c[provider.Delete], r.retained())
	default:
		t.printf("Applied: %d created, %d changed, %d deleted%s%s.\n", c[provider.Create], c[provider.Update], c[provider.Delete], r.retained(), r.remaining())
	}
}

// retained returns the part of the summary about retained ops.
func (r Report) retained() string {
	n := 0
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if s.Retained {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d retained", n)
}

// count returns the number of ops by action; if done is set, only of those that were carried out.
func (r Report) count(done bool) map[provider.Action]int {
	c := map[provider.Action]int{}
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if !s.Retained && (!done || s.done()) {
				c[s.Action]++
			}
		}
	}
	return c
}

func (s Step) done() bool { return s.Outcome != nil && s.Outcome.State == provider.Done }

// Remaining returns the steps that were not carried out, without the retained ones.
func (r Report) Remaining() []Step {
	var left []Step
	for _, res := range r.Results {
		for _, s := range res.Steps {
			if !s.done() && !s.Retained {
				left = append(left, s)
			}
		}
	}
	return left
}

// remaining returns the part of the summary about ops that were not carried out.
func (r Report) remaining() string {
	left := r.Remaining()
	if len(left) == 0 {
		return ""
	}
	failed := 0
	for _, s := range left {
		if s.Outcome != nil && s.Outcome.State == provider.Failed {
			failed++
		}
	}
	return fmt.Sprintf("; %d failed, %d remaining", failed, len(left)-failed)
}

// Problems returns all problems of the report, in order.
func (r Report) Problems() []model.Problem {
	var all []model.Problem
	for _, res := range r.Results {
		all = append(all, res.Problems...)
	}
	return all
}

// The parameters of ANSI X3.64 (SGR).
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func signOf(s Step) (sign, color string) {
	if s.Retained {
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
