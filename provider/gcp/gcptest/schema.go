package gcptest

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/jsonvalue"
)

// document is a resource as JSON. Stored documents are immutable.
type document map[string]any

// conform checks a document against its schema and returns it in canonical form. It rejects members
// that are not in the schema, values of a wrong type, and values that are not in an enumeration.
func conform(doc document, schema reflect.Type) (document, *fault) {
	out, err := conformStruct(map[string]any(doc), schema, "resource")
	if err != nil {
		return nil, err
	}
	return document(out), nil
}

func conformStruct(in map[string]any, schema reflect.Type, at string) (map[string]any, *fault) {
	fields := fieldsOf(schema)
	out := make(map[string]any, len(in))
	for name, value := range in {
		field, ok := fields[name]
		if !ok {
			return nil, unknownField(name, at)
		}
		if value == nil {
			continue
		}
		got, err := conformValue(value, field, at+"."+name)
		if err != nil {
			return nil, err
		}
		if allowed := enumOf(schema.Name(), name); len(allowed) > 0 && !inEnum(got, allowed) {
			return nil, invalid(at+"."+name, got, "")
		}
		out[name] = got
	}
	return out, nil
}

// inEnum reports whether a string, or each string of a list, is allowed.
func inEnum(value any, allowed []string) bool {
	if list, ok := value.([]any); ok {
		return !slices.ContainsFunc(list, func(v any) bool { return !inEnum(v, allowed) })
	}
	s, ok := value.(string)
	return ok && slices.Contains(allowed, s)
}

func conformValue(value any, want reflect.Type, at string) (any, *fault) {
	switch want.Kind() { //nolint:exhaustive // the others are scalars
	case reflect.Pointer:
		return conformValue(value, want.Elem(), at)
	case reflect.Struct:
		in, ok := value.(map[string]any)
		if !ok {
			return nil, wrongType(at, value)
		}
		return conformStruct(in, want, at)
	case reflect.Slice:
		return conformList(value, want, at)
	case reflect.Map:
		return conformMap(value, want, at)
	default:
		return conformScalar(value, want.Kind(), at)
	}
}

func conformList(value any, want reflect.Type, at string) (any, *fault) {
	in, ok := value.([]any)
	if !ok {
		return nil, wrongType(at, value)
	}
	out := make([]any, 0, len(in))
	for i, v := range in {
		got, err := conformValue(v, want.Elem(), fmt.Sprintf("%s[%d]", at, i))
		if err != nil {
			return nil, err
		}
		out = append(out, got)
	}
	return out, nil
}

func conformMap(value any, want reflect.Type, at string) (any, *fault) {
	in, ok := value.(map[string]any)
	if !ok {
		return nil, wrongType(at, value)
	}
	out := make(map[string]any, len(in))
	for k, v := range in {
		got, err := conformValue(v, want.Elem(), at+"."+k)
		if err != nil {
			return nil, err
		}
		out[k] = got
	}
	return out, nil
}

func conformScalar(value any, want reflect.Kind, at string) (any, *fault) {
	var ok bool
	switch want { //nolint:exhaustive // the schemas have no other scalars
	case reflect.String:
		_, ok = value.(string)
	case reflect.Bool:
		_, ok = value.(bool)
	case reflect.Int64, reflect.Uint64:
		return conformInteger(value, at)
	case reflect.Float64:
		_, ok = value.(json.Number)
	default:
		return nil, wrongType(at, value)
	}
	if !ok {
		return nil, wrongType(at, value)
	}
	return value, nil
}

// conformInteger accepts a number or a decimal string, as Google's APIs do for integers. It does
// not change the form.
func conformInteger(value any, at string) (any, *fault) {
	text, isString := value.(string)
	if number, ok := value.(json.Number); ok {
		text = number.String()
	} else if !isString {
		return nil, wrongType(at, value)
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		if _, err := strconv.ParseUint(text, 10, 64); err != nil {
			return nil, wrongType(at, value)
		}
	}
	return value, nil
}

func wrongType(at string, value any) *fault {
	return &fault{status: 400, reason: "badRequest", state: "INVALID_ARGUMENT",
		message: fmt.Sprintf("Invalid value at '%s': %v", at, value)}
}

// fieldsOf returns the types of the members of a schema by their JSON names.
func fieldsOf(schema reflect.Type) map[string]reflect.Type {
	out := make(map[string]reflect.Type, schema.NumField())
	for f := range schema.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		out[name] = f.Type
	}
	return out
}

// decode returns the typed form of a document.
func decode(doc document, schema reflect.Type) (any, *fault) {
	raw, err := json.Marshal(normalize(map[string]any(doc), schema))
	if err != nil {
		return nil, wrongType("resource", err)
	}
	out := reflect.New(schema)
	if err := json.Unmarshal(raw, out.Interface()); err != nil {
		return nil, wrongType("resource", err)
	}
	return out.Interface(), nil
}

// normalize converts each integer to a number or a string according to the tag of its field.
func normalize(value any, schema reflect.Type) any {
	switch schema.Kind() { //nolint:exhaustive // scalars do not change
	case reflect.Pointer:
		return normalize(value, schema.Elem())
	case reflect.Slice:
		in, _ := value.([]any)
		out := make([]any, 0, len(in))
		for _, v := range in {
			out = append(out, normalize(v, schema.Elem()))
		}
		return out
	case reflect.Struct:
		in, _ := value.(map[string]any)
		return normalizeStruct(in, schema)
	default:
		return value
	}
}

func normalizeStruct(in map[string]any, schema reflect.Type) map[string]any {
	out := make(map[string]any, len(in))
	for f := range schema.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		value, ok := in[name]
		if !ok || name == "" {
			continue
		}
		if f.Type.Kind() == reflect.Int64 || f.Type.Kind() == reflect.Uint64 {
			value = integerForm(value, strings.Contains(options, "string"))
		}
		out[name] = normalize(value, f.Type)
	}
	return out
}

func integerForm(value any, quoted bool) any {
	text := fmt.Sprint(value)
	if quoted {
		return text
	}
	return json.Number(text)
}

// encode returns the document form of a value.
func encode(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if err := unmarshal(raw, &out); err != nil {
		return nil
	}
	return out
}

// unmarshal decodes JSON and preserves the text of numbers.
func unmarshal(raw []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	return d.Decode(into)
}

// clone returns a deep copy of a document.
func clone(doc document) document { return jsonvalue.CloneObject(doc) }

// merge applies a JSON merge patch (RFC 7396; page "Patch semantics" of the compute API): null
// removes a member, objects are merged, and other values are replaced.
func merge(base, patch map[string]any) map[string]any {
	out := maps.Clone(base)
	for k, v := range patch {
		sub, isObject := v.(map[string]any)
		old, wasObject := out[k].(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case isObject && wasObject:
			out[k] = merge(old, sub)
		default:
			out[k] = jsonvalue.Clone(v)
		}
	}
	return out
}
