package awstest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// constraint is the constraint of the service model on one member, from the `aws` tag of a field. A
// test compares every tag with the model.
type constraint struct {
	required bool
	min, max *int
	enum     []string
	pattern  string // a name that the function matches knows
	in, out  string // names on the wire of EC2, if they differ from that of the field
}

func tagOf(f reflect.StructField) constraint {
	var c constraint
	for _, part := range strings.Split(f.Tag.Get("aws"), ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "required":
			c.required = true
		case "min":
			c.min = number(value)
		case "max":
			c.max = number(value)
		case "enum":
			c.enum = strings.Split(value, "|")
		case "pattern":
			c.pattern = value
		case "in":
			c.in = value
		case "out":
			c.out = value
		}
	}
	return c
}

func number(s string) *int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return &n
}

// violation is a member that does not conform to the service model.
type violation struct {
	path, rule string
	missing    bool
}

// violations checks a shape against the constraints of its fields, depth first, in the order of the
// fields.
func violations(v reflect.Value, path string) []violation {
	var found []violation
	switch kind := v.Kind(); {
	case kind == reflect.Pointer && !v.IsNil():
		found = violations(v.Elem(), path)
	case kind == reflect.Slice:
		for i := range v.Len() {
			found = append(found, violations(v.Index(i), path+"."+strconv.Itoa(i+1))...)
		}
	case kind == reflect.Struct:
		for i := range v.NumField() {
			at := join(path, memberName(v.Type().Field(i).Name))
			found = append(found, tagOf(v.Type().Field(i)).check(v.Field(i), at)...)
			found = append(found, violations(v.Field(i), at)...)
		}
	}
	return found
}

// memberName returns the name of a member in the messages of the service.
func memberName(field string) string { return strings.ToLower(field[:1]) + field[1:] }

func (c constraint) check(v reflect.Value, at string) []violation {
	if isAbsent(v) {
		if c.required {
			return []violation{{path: at, rule: "Member must not be null", missing: true}}
		}
		return nil
	}
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if rule := c.broken(v); rule != "" {
		return []violation{{path: at, rule: rule}}
	}
	return nil
}

func isAbsent(v reflect.Value) bool {
	if v.Kind() == reflect.String {
		return v.Len() == 0
	}
	return (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil()
}

// broken returns the first rule that a value violates, or nothing.
func (c constraint) broken(v reflect.Value) string {
	size, measure := sizeOf(v)
	switch {
	case c.min != nil && size < *c.min:
		return fmt.Sprintf("Member must have %s greater than or equal to %d", measure, *c.min)
	case c.max != nil && size > *c.max:
		return fmt.Sprintf("Member must have %s less than or equal to %d", measure, *c.max)
	case c.enum != nil && !contains(c.enum, v):
		return "Member must satisfy enum value set: [" + strings.Join(c.enum, ", ") + "]"
	case c.pattern != "" && !matches(c.pattern, v.String()):
		return "Member must satisfy regular expression pattern: " + c.pattern
	default:
		return ""
	}
}

// sizeOf returns the value of a number, or the length of a string (in characters) or list.
func sizeOf(v reflect.Value) (int, string) {
	switch {
	case v.Kind() == reflect.String:
		return len([]rune(v.String())), "length"
	case v.Kind() == reflect.Slice:
		return v.Len(), "length"
	case v.CanInt():
		return int(v.Int()), "value"
	default:
		return 0, "value"
	}
}

// contains reports whether a string, or each string of a list, is in set.
func contains(set []string, v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if !contains(set, v.Index(i)) {
				return false
			}
		}
		return true
	}
	for _, s := range set {
		if s == v.String() {
			return true
		}
	}
	return false
}

// matches reports whether s matches a pattern of the service models, given by name.
func matches(pattern, s string) bool {
	switch pattern {
	case "tag":
		return all(s, isTagRune)
	case "attribute":
		return all(s, func(r rune) bool { return isAlnum(r) || r == '.' || r == '_' })
	case "redirectProtocol":
		return s == "HTTP" || s == "HTTPS" || s == "#{protocol}"
	case "status":
		return len(s) == 3 && strings.ContainsRune("245", rune(s[0])) && isDigit(s[1]) && isDigit(s[2])
	case "acmArn":
		return strings.HasPrefix(s, "arn:") && strings.Contains(s, ":acm:")
	default:
		return false
	}
}

func isTagRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.Is(unicode.Z, r) || unicode.IsNumber(r) || strings.ContainsRune("_.:/=+-@", r)
}

func isAlnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func all(s string, ok func(rune) bool) bool {
	for _, r := range s {
		if !ok(r) {
			return false
		}
	}
	return true
}
