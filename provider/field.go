package provider

import (
	"slices"
	"strings"
)

// Field is one difference between a desired and an observed resource.
type Field struct {
	Path string `json:"path"`
	Have string `json:"have"`
	Want string `json:"want"`
}

// CompareValues returns the fields in which two resources differ, sorted by path. Each map has the
// values of one resource by path. A path that is missing is the same as an empty value.
func CompareValues(want, have map[string]string) []Field {
	var fields []Field
	for path, w := range want {
		if h := have[path]; w != h {
			fields = append(fields, Field{Path: path, Want: w, Have: h})
		}
	}
	for path, h := range have {
		if _, wanted := want[path]; !wanted && h != "" {
			fields = append(fields, Field{Path: path, Have: h})
		}
	}
	slices.SortFunc(fields, func(a, b Field) int { return strings.Compare(a.Path, b.Path) })
	return fields
}
