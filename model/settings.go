package model

import (
	"strconv"
	"strings"
)

// A Setting declares one value that the owner of an object may choose, and that a T of the model
// stores: a [Group], a [ListenerTLS], a [LoadBalancer], or a type of another package. Parsing,
// validation, digests, the use of features and the documentation all follow from the declaration.
// The zero value in T means that the setting is not set.
type Setting[T any] struct {
	Name    string // unique among all settings; the annotation is "headgate.io/" and the name
	Field   string // path of the value within T, for messages
	Allowed string // what is allowed, in words; empty where the bounds say it all
	Example string // a valid value other than the default
	Unset   string // what applies where the setting is not set
	Meaning string
	Bounds
	// Wider is the bounds of a model that a program builds, where they are wider than those for an
	// object of a user. Clouds differ, and each provider refuses what its cloud does not accept.
	Wider Bounds
	// Malformed is the value that applies where the given one is not allowed. Empty leaves the
	// setting as it was.
	Malformed string
	// Additive is set where the values of all objects of a load balancer apply together. Otherwise
	// the oldest object decides.
	Additive bool
	At       func(*T) Value   // where T stores the value
	Feature  func(*T) Feature // the feature that a set value needs; nil or empty for none
}

// A Value reads and writes a setting in its place in the model, as a flag.Value does for a flag.
type Value interface {
	// Set reads a text. It reports false, and changes nothing, if the text is not allowed.
	Set(text string, b Bounds) bool
	// IsSet reports whether there is a value.
	IsSet() bool
	// Append adds the value to buf in a form that no other value has. It adds nothing if the value
	// is not set.
	Append(buf []byte) []byte
	// Check reports whether the value is within bounds, and which part of it is not, such as "[2]"
	// for an entry of a list. A value that is not set is within all bounds.
	Check(b Bounds) (part string, ok bool)
	// Describe returns the allowed values in words.
	Describe(b Bounds, example string) string
	// String returns the value in the form that Set reads.
	String() string
}

// Bounds limit the values of a setting.
type Bounds struct {
	Min, Max int               // of a number, of seconds, of the entries of a list
	OneOf    string            // the allowed words of a text, separated by blanks
	Check    func(string) bool // reports whether a text, or one entry of a list, is allowed
}

func (b *Bounds) isZero() bool { return b.Min == 0 && b.Max == 0 && b.OneOf == "" && b.Check == nil }

// allows reports whether a text is one of the allowed words and passes the check.
func (b *Bounds) allows(text string) bool {
	if b.OneOf != "" && !hasWord(b.OneOf, text) {
		return false
	}
	return b.Check == nil || b.Check(text)
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// Set reads a text into t. It reports false if the text is not allowed.
func (s *Setting[T]) Set(t *T, text string) bool {
	if s.At(t).Set(text, s.Bounds) {
		return true
	}
	if s.Malformed != "" {
		s.At(t).Set(s.Malformed, s.Bounds)
	}
	return false
}

// IsSet reports whether t has a value.
func (s *Setting[T]) IsSet(t *T) bool { return s.At(t).IsSet() }

// Text returns the value of t as a user would write it; empty if it is not set.
func (s *Setting[T]) Text(t *T) string { return s.At(t).String() }

// Describe returns the allowed values in words.
func (s *Setting[T]) Describe() string {
	if s.Allowed != "" {
		return s.Allowed
	}
	var t T
	return s.At(&t).Describe(s.Bounds, s.Example)
}

// Uses returns the feature that the value of t needs, if it is set and needs one.
func (s *Setting[T]) Uses(t *T) Feature {
	if s.Feature == nil || !s.IsSet(t) {
		return ""
	}
	return s.Feature(t)
}

// built returns the bounds of a model that a program builds.
func (s *Setting[T]) built() Bounds {
	if s.Wider.isZero() {
		return s.Bounds
	}
	return s.Wider
}

// Overlay sets in onto what is set in from.
func Overlay[T any](settings []Setting[T], onto, from *T) {
	for i := range settings {
		if s := &settings[i]; s.IsSet(from) {
			s.Set(onto, s.Text(from))
		}
	}
}

// Within returns the settings of a T that is part of a U.
func Within[T, U any](settings []Setting[T], part func(*U) *T) []Setting[U] {
	all := make([]Setting[U], len(settings))
	for i, s := range settings {
		all[i] = Setting[U]{
			Name: s.Name, Field: s.Field, Allowed: s.Allowed, Example: s.Example, Unset: s.Unset, Meaning: s.Meaning,
			Bounds: s.Bounds, Wider: s.Wider, Malformed: s.Malformed, Additive: s.Additive,
			At:      func(u *U) Value { return s.At(part(u)) },
			Feature: func(u *U) Feature { return s.Uses(part(u)) },
		}
	}
	return all
}

// tables are the settings of all parts of a model.
type tables struct {
	balancer []Setting[LoadBalancer]
	tls      []Setting[ListenerTLS]
	group    []Setting[Group]
}

func newTables() tables {
	return tables{balancer: LoadBalancerSettings(), tls: TLSSettings(), group: GroupSettings()}
}

// checkSettings rejects each value that is out of bounds, at its field.
func checkSettings[T any](v *validator, w *where, settings []Setting[T], t *T) {
	for i := range settings {
		s := &settings[i]
		part, ok := s.At(t).Check(s.built())
		if ok {
			continue
		}
		at := w.field(s.Field + part)
		v.reject(&at, quote(s.Text(t)), s.allowedInModel())
	}
}

func (s *Setting[T]) allowedInModel() string {
	if s.Allowed != "" || s.Wider.isZero() {
		return s.Describe()
	}
	var t T
	return s.At(&t).Describe(s.Wider, s.Example)
}

// writeSettings writes the settings that are set, by name, so that a setting that is declared later
// changes no digest of a model that does not use it.
func writeSettings[T any](w *writer, settings []Setting[T], t *T) {
	for i := range settings {
		if v := settings[i].At(t); v.IsSet() {
			w.string(settings[i].Name)
			w.buf = append(v.Append(w.buf), 0)
		}
	}
	w.buf = append(w.buf, 0) // the length of a name is never 0
}

// useSettings reports the features that the settings of t need.
func useSettings[T any](u *uses, settings []Setting[T], t *T) {
	for i := range settings {
		if f := settings[i].Uses(t); f != "" {
			u.add(f, settings[i].Text(t))
		}
	}
}

// between is a range in words.
func between(least, most string) string { return least + " to " + most }

func itoa(n int) string { return strconv.Itoa(n) }
