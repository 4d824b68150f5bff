package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// wrongType says where a value has the wrong type. The decoder tells the offset; the path with its
// indexes is found by walking there.
func wrongType(raw []byte, err error) error {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return err
	}
	path := pathAt(raw, mismatch.Offset)
	if path == "" {
		path = mismatch.Field
	}
	return fmt.Errorf("%s: is a %s, allowed is %s", path, mismatch.Value, mismatch.Type)
}

// frame is an object or array that a walk is in.
type frame struct {
	array bool
	index int
	key   string
	value bool // the next token of an object is a value
}

// pathAt is the path of the value that ends at or behind an offset.
func pathAt(raw []byte, offset int64) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	var stack []frame
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		stack = step(stack, token)
		if d.InputOffset() >= offset && !isKey(stack, token) {
			if delim, entered := token.(json.Delim); entered && (delim == '{' || delim == '[') {
				// the container itself, which is named by what holds it
				stack = stack[:len(stack)-1]
			}
			return pathOf(stack)
		}
		stack = done(stack, token)
	}
}

// step enters a container or notes a key.
func step(stack []frame, token json.Token) []frame {
	if delim, ok := token.(json.Delim); ok && (delim == '{' || delim == '[') {
		return append(stack, frame{array: delim == '['})
	}
	if top := last(stack); top != nil && !top.array && !top.value {
		if key, ok := token.(string); ok {
			top.key = key
		}
	}
	return stack
}

// isKey tells whether the token is the name of a field, not a value.
func isKey(stack []frame, token json.Token) bool {
	top := last(stack)
	_, text := token.(string)
	return top != nil && !top.array && !top.value && text
}

// done leaves a container, or moves on behind a key or a value.
func done(stack []frame, token json.Token) []frame {
	delim, isDelim := token.(json.Delim)
	if isDelim && (delim == '{' || delim == '[') {
		return stack
	}
	if isDelim {
		stack = stack[:len(stack)-1]
		next(last(stack), true)
		return stack
	}
	next(last(stack), false)
	return stack
}

func next(top *frame, container bool) {
	switch {
	case top == nil:
	case top.array:
		top.index++
	case container:
		top.value = false
	default:
		top.value = !top.value
	}
}

func last(stack []frame) *frame {
	if len(stack) == 0 {
		return nil
	}
	return &stack[len(stack)-1]
}

func pathOf(stack []frame) string {
	var b strings.Builder
	for _, f := range stack {
		if f.array {
			b.WriteString("[" + strconv.Itoa(f.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(f.key)
	}
	return b.String()
}
