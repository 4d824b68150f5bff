// Package jsonvalue works on values of JSON, as encoding/json decodes them into an any.
package jsonvalue

// Clone returns a deep copy of v.
func Clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return CloneObject(v)
	case []any:
		copied := make([]any, len(v))
		for i, e := range v {
			copied[i] = Clone(e)
		}
		return copied
	default:
		return v
	}
}

// CloneObject returns a deep copy of an object.
func CloneObject(v map[string]any) map[string]any {
	copied := make(map[string]any, len(v))
	for k, e := range v {
		copied[k] = Clone(e)
	}
	return copied
}
