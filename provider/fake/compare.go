package fake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// Compare returns the fields in which have differs from want. Certificates are compared by
// fingerprint.
func (p *Provider) Compare(want, have provider.Resource) []provider.Field {
	switch w := want.Spec.(type) {
	case CertificateSpec:
		h, _ := have.Spec.(CertificateSpec)
		return compareText(nil, "fingerprint", w.Fingerprint, h.Fingerprint)
	case MembersSpec:
		h, _ := have.Spec.(MembersSpec)
		return compareMembers(w.Members, h.Members)
	default:
		if reflect.DeepEqual(want.Spec, have.Spec) {
			return nil
		}
		return compareValues(want.Spec, have.Spec)
	}
}

func compareText(fields []provider.Field, path, want, have string) []provider.Field {
	if want == have {
		return fields
	}
	return append(fields, provider.Field{Path: path, Want: want, Have: have})
}

// compareMembers merges two sorted lists.
func compareMembers(want, have []Member) []provider.Field {
	var fields []provider.Field
	for len(want) > 0 || len(have) > 0 {
		switch c := compareFirst(want, have); {
		case c < 0:
			fields = append(fields, provider.Field{Path: "members", Want: want[0].Address.String()})
			want = want[1:]
		case c > 0:
			fields = append(fields, provider.Field{Path: "members", Have: have[0].Address.String()})
			have = have[1:]
		default:
			if w, h := want[0], have[0]; w.Zone != h.Zone || w.Node != h.Node {
				fields = append(fields, provider.Field{Path: "members[" + w.Address.String() + "]", Want: w.Zone + " " + w.Node, Have: h.Zone + " " + h.Node})
			}
			want, have = want[1:], have[1:]
		}
	}
	return fields
}

func compareFirst(want, have []Member) int {
	switch {
	case len(want) == 0:
		return 1
	case len(have) == 0:
		return -1
	default:
		return want[0].Address.Compare(have[0].Address)
	}
}

// compareValues compares the JSON of the fields of two specs. have may be nil.
func compareValues(want, have any) []provider.Field {
	w, h := fieldTexts(want), []string(nil)
	t := reflect.TypeOf(want)
	if reflect.TypeOf(have) == t {
		h = fieldTexts(have)
	}
	fields := make([]provider.Field, 0, len(w))
	for i := range w {
		was := ""
		if h != nil {
			was = h[i]
		}
		if w[i] != was {
			fields = append(fields, provider.Field{Path: t.Field(i).Name, Want: w[i], Have: was})
		}
	}
	slices.SortFunc(fields, func(a, b provider.Field) int { return cmp.Compare(a.Path, b.Path) })
	return fields
}

// fieldTexts returns the JSON of each field of a spec. All of it shares one buffer, because a first
// plan needs every field of every resource.
func fieldTexts(spec any) []string {
	// The fields of a new value are addressable, so that none of them is copied.
	v := reflect.New(reflect.TypeOf(spec)).Elem()
	v.Set(reflect.ValueOf(spec))
	var all bytes.Buffer
	all.Grow(512)
	e := json.NewEncoder(&all)
	ends := make([]int, v.NumField())
	for i := range ends {
		f := v.Field(i).Addr().Interface()
		if err := e.Encode(f); err != nil {
			fmt.Fprintf(&all, "%v\n", f)
		}
		ends[i] = all.Len()
	}
	return split(all.String(), ends)
}

// split splits a text at ends, without the last byte of each part, which ends its line.
func split(all string, ends []int) []string {
	parts := make([]string, len(ends))
	begin := 0
	for i, end := range ends {
		parts[i], begin = all[begin:end-1], end
	}
	return parts
}
