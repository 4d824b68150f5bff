package model

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Issue is one value that keeps a model from being sealed.
type Issue struct {
	Path    string // where, such as listeners[0].routes[3].matches[0].path.value
	Found   string // what is there; never a secret
	Allowed string // what could be
	Origin  Ref    // the object that it came from, if the model says so
}

// String is one line: path, found, allowed.
func (i Issue) String() string { return i.Path + ": found " + i.Found + ", allowed: " + i.Allowed }

// InvalidError says all that is wrong with a model.
type InvalidError struct {
	LoadBalancer ID
	Issues       []Issue
}

// Error is one line with all issues.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Issues))
	for i := range e.Issues {
		lines[i] = e.Issues[i].String()
	}
	return fmt.Sprintf("seal %s: %s", quote(string(e.LoadBalancer)), strings.Join(lines, "; "))
}

// fault is an issue and the part that is left out for it.
type fault struct {
	Issue
	part part
}

func (f fault) problem() Problem {
	return Problem{Origin: f.Origin, Reason: ReasonInvalid, Message: f.String()}
}

// part is what can be left out of a model without harm to the rest.
type part struct {
	kind                   partKind
	listener, route, group int
}

type partKind uint8

const (
	partBalancer partKind = iota
	partListener
	partDefault
	partRoute
	partGroup
)

// where is a path into the model. It is written only when there is an issue.
type where struct {
	up    *where
	name  string
	index int // -1 for a field
}

func (w *where) field(name string) where { return where{up: w, name: name, index: -1} }

func (w *where) at(name string, i int) where { return where{up: w, name: name, index: i} }

func (w *where) String() string {
	var b strings.Builder
	w.write(&b)
	return cmp.Or(b.String(), ".")
}

func (w *where) write(b *strings.Builder) {
	if w == nil || w.name == "" {
		return
	}
	w.up.write(b)
	if b.Len() > 0 {
		b.WriteByte('.')
	}
	b.WriteString(w.name)
	if w.index >= 0 {
		b.WriteString("[" + strconv.Itoa(w.index) + "]")
	}
}

// maxQuoted bounds what a message repeats of a value, in bytes.
const maxQuoted = 80

// quote shows a value of unknown content and length.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.QuoteToASCII(s[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
