package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// wrongType reports a value of the wrong type. The decoder returns its offset; a walk over the
// document finds the path.
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

// frame is an object or array that the walk is in.
type frame struct {
	array bool
	index int
	key   string
	value bool // the next token of an object is a value
}

// pathAt returns the path of the value that ends at or after an offset.
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
				// the container itself has the path of its parent and its key
				stack = stack[:len(stack)-1]
			}
			return pathOf(stack)
		}
		stack = done(stack, token)
	}
}

// step enters a container or remembers a key.
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

// isKey reports whether the token is the name of a field, not a value.
func isKey(stack []frame, token json.Token) bool {
	top := last(stack)
	_, text := token.(string)
	return top != nil && !top.array && !top.value && text
}

// done leaves a container, or moves on after a key or a value.
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
