package azuretest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// fieldKind is the kind of value of a property.
type fieldKind int

const (
	kindString fieldKind = iota
	kindInt
	kindBool
	kindObject
	kindRef
	kindAny
)

// field is one property of the API.
type field struct {
	kind     fieldKind
	list     bool
	parts    bool   // a list of named parts with their own ID, etag and properties
	readOnly bool   // ignored in a request
	hidden   bool   // never in a reply
	shape    string // of an object or of the properties of a part
	// the collection of a reference; empty for a resource outside of the document
	target   string
	enum     []string
	min, max int
}

// shape is the set of properties of one object of the API.
type shape map[string]field

// parseShapes parses the notation of shapes_gateway.go. Each property is one word: a name, followed
// by
//
//	#           an integer; #1-20 has bounds
//	?           a boolean
//	=A|B        a string of a list
//	:thing      an object of that shape; :any is any value
//	:@coll      a reference to a part in that collection, :@ to another resource
//	[]          before the colon or at the end: a list
//	[]*:thing   a list of named parts whose properties have that shape
//	-name       read-only: accepted and ignored
//	!name       accepted, and never in a reply
func parseShapes(notation map[string]string) map[string]shape {
	shapes := map[string]shape{}
	for name, words := range notation {
		s := shape{}
		for word := range strings.FieldsSeq(words) {
			n, f := parseField(word)
			s[n] = f
		}
		shapes[name] = s
	}
	return shapes
}

func parseField(word string) (string, field) {
	f := field{min: math.MinInt, max: math.MaxInt}
	word, f.readOnly = strings.CutPrefix(word, "-")
	word, f.hidden = strings.CutPrefix(word, "!")
	if name, enum, ok := strings.Cut(word, "="); ok {
		f.enum = strings.Split(enum, "|")
		name, f.list = strings.CutSuffix(name, "[]")
		return name, f
	}
	if name, bounds, ok := strings.Cut(word, "#"); ok {
		f.kind = kindInt
		f.min, f.max = parseBounds(bounds)
		return name, f
	}
	if name, ok := strings.CutSuffix(word, "?"); ok {
		f.kind = kindBool
		return name, f
	}
	name, what, _ := strings.Cut(word, ":")
	f.describe(what)
	name, f.parts = strings.CutSuffix(name, "*")
	name, f.list = strings.CutSuffix(name, "[]")
	return name, f
}

func (f *field) describe(what string) {
	switch {
	case what == "":
		f.kind = kindString
	case what == "any":
		f.kind = kindAny
	case strings.HasPrefix(what, "@"):
		f.kind, f.target = kindRef, what[1:]
	default:
		f.kind, f.shape = kindObject, what
	}
}

func parseBounds(s string) (low, high int) {
	a, b, ok := strings.Cut(s, "-")
	if !ok {
		return math.MinInt, math.MaxInt
	}
	low, _ = strconv.Atoi(a)
	high, _ = strconv.Atoi(b)
	return low, high
}

// walker checks a document against the shapes and normalizes it. It removes read-only properties
// and nulls, and gives enumerations and references to parts the spelling of the API.
type walker struct {
	shapes map[string]shape
	extra  map[string]bool // properties that are known only since a body was seeded, "shape.name"
	ref    func(id, target, by string) *apiError
}

// at is a position in a document: its path, and the ID of the resource or part that it belongs to.
type at struct{ path, id string }

func (a at) property(name string) at { return at{path: join(a.path, name), id: a.id} }

func (w *walker) object(here at, name string, object map[string]any) *apiError {
	s := w.shapes[name]
	for _, k := range slices.Sorted(maps.Keys(object)) {
		f, ok := s[k]
		switch {
		case object[k] == nil || (ok && f.readOnly):
			delete(object, k)
			continue
		case !ok && w.extra[name+"."+k]:
			continue
		case !ok:
			return malformed("InvalidJson", "Could not find member '%s' on object of type '%s'. Path '%s'.", k, name, join(here.path, k))
		}
		if err := w.property(here.property(k), k, f, object[k]); err != nil {
			return err
		}
		if f.enum != nil {
			object[k] = f.spelled(object[k])
		}
		if list, _ := object[k].([]any); f.parts && len(list) == 0 {
			delete(object, k) // an empty list equals none
		}
	}
	return nil
}

func (w *walker) property(here at, name string, f field, value any) *apiError {
	if !f.list {
		return w.value(here, f, value)
	}
	list, ok := value.([]any)
	if !ok {
		return malformed("InvalidJson", "Cannot deserialize the current JSON value into an array. Path '%s'.", here.path)
	}
	if f.parts {
		return w.partList(at{here.path, here.id + "/" + name}, f.shape, list)
	}
	for i, v := range list {
		if err := w.value(at{fmt.Sprintf("%s[%d]", here.path, i), here.id}, f, v); err != nil {
			return err
		}
	}
	return nil
}

// partList checks a list of named parts: first their names, then their properties.
func (w *walker) partList(here at, shapeName string, list []any) *apiError {
	if err := checkNames(here.id, list); err != nil {
		return err
	}
	for i, v := range list {
		object, _ := v.(map[string]any)
		name, _ := object["name"].(string)
		if err := w.part(at{fmt.Sprintf("%s[%d]", here.path, i), here.id + "/" + name}, shapeName, object); err != nil {
			return err
		}
	}
	return nil
}

// part checks one named part: {id, name, etag, type, properties}.
func (w *walker) part(here at, shapeName string, object map[string]any) *apiError {
	for _, k := range slices.Sorted(maps.Keys(object)) {
		switch {
		case k == "name":
		case k == "id" || k == "etag" || k == "type" || object[k] == nil:
			delete(object, k) // only for replies; the ID was checked with the names
		case k == "properties":
			properties, ok := object[k].(map[string]any)
			if !ok {
				return wrongType(join(here.path, k), "object")
			}
			if err := w.object(here.property(k), shapeName, properties); err != nil {
				return err
			}
		case !w.extra[shapeName+"/"+k]:
			return malformed("InvalidJson", "Could not find member '%s' on object of type '%s'. Path '%s'.", k, shapeName, join(here.path, k))
		}
	}
	return nil
}

func (w *walker) value(here at, f field, value any) *apiError {
	switch f.kind {
	case kindString:
		return stringValue(here.path, f, value)
	case kindInt:
		return intValue(here.path, f, value)
	case kindBool:
		if _, ok := value.(bool); !ok {
			return wrongType(here.path, "boolean")
		}
	case kindObject:
		object, ok := value.(map[string]any)
		if !ok {
			return wrongType(here.path, "object")
		}
		return w.object(here, f.shape, object)
	case kindRef:
		return w.reference(here, f, value)
	case kindAny:
	}
	return nil
}

func (w *walker) reference(here at, f field, value any) *apiError {
	object, ok := value.(map[string]any)
	if !ok {
		return wrongType(here.path, "object")
	}
	id, ok := object["id"].(string)
	if !ok || id == "" {
		return malformed("MissingJsonReferenceId", "Value for reference id is missing. Path %s.", here.path)
	}
	if len(object) > 1 {
		return malformed("InvalidJson", "Could not find member on object of type 'SubResource'. Path '%s'.", here.path)
	}
	if err := w.ref(id, f.target, here.id); err != nil {
		return err
	}
	if f.target != "" {
		object["id"] = spelledReference(id, f.target)
	}
	return nil
}

func stringValue(path string, f field, value any) *apiError {
	s, ok := value.(string)
	if !ok {
		return wrongType(path, "string")
	}
	if f.enum != nil && !slices.ContainsFunc(f.enum, func(name string) bool { return strings.EqualFold(name, s) }) {
		return malformed("InvalidJson", "Error converting value \"%s\" at '%s'. Allowed values: %s.", s, path, strings.Join(f.enum, ", "))
	}
	return nil
}

func intValue(path string, f field, value any) *apiError {
	n, ok := value.(float64)
	if !ok || n != math.Trunc(n) || math.Abs(n) > 1<<52 {
		return wrongType(path, "integer")
	}
	if int(n) < f.min || int(n) > f.max {
		return invalid("PropertyValueOutOfRange", "Value %d at '%s' is not between %d and %d.", int(n), path, f.min, f.max)
	}
	return nil
}

func wrongType(path, want string) *apiError {
	return malformed("InvalidJson", "Value at '%s' is not of type %s.", path, want)
}

func join(path, k string) string {
	if path == "" {
		return k
	}
	return path + "." + k
}
