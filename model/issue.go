package model

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Issue is one value that prevents a model from being sealed.
type Issue struct {
	Path    string // where, such as listeners[0].routes[3].matches[0].path.value
	Found   string // what is there; never a secret
	Allowed string // what could be
	Origin  Ref    // the object that it came from, if known
}

// String returns one line: path, found, allowed.
func (i Issue) String() string { return i.Path + ": found " + i.Found + ", allowed: " + i.Allowed }

// InvalidError lists everything that is wrong with a model.
type InvalidError struct {
	LoadBalancer ID
	Issues       []Issue
}

// Error returns one line with all issues.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Issues))
	for i := range e.Issues {
		lines[i] = e.Issues[i].String()
	}
	return fmt.Sprintf("seal %s: %s", quote(string(e.LoadBalancer)), strings.Join(lines, "; "))
}

// fault is an issue, and the part of the model that is left out because of it.
type fault struct {
	Issue
	part part
}

func (f fault) problem() Problem {
	return Problem{Origin: f.Origin, Reason: ReasonInvalid, Message: f.String()}
}

// part is a part of a model that can be left out without harm to the others.
type part struct {
	kind                   partKind
	listener, route, group int
	certificate            string // its name
}

type partKind uint8

const (
	partBalancer partKind = iota
	partListener
	partCertificate
	partDefault
	partRoute
	partGroup
)

// where is a path into the model. Its text is built only for an issue.
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

// maxQuoted is how much of a value a message repeats, in bytes.
const maxQuoted = 80

// quote returns a value of unknown content and length as a short text.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.QuoteToASCII(s[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
