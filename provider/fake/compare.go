package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// Compare tells in what fields two resources differ. A certificate is known by its fingerprint.
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

// compareMembers walks two sorted lists.
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

// compareValues compares the JSON forms, field by field of the first level that differs.
func compareValues(want, have any) []provider.Field {
	w, h := fieldsOf(want), fieldsOf(have)
	for k := range h {
		if _, ok := w[k]; !ok {
			w[k] = nil
		}
	}
	var fields []provider.Field
	for k := range w {
		fields = compareText(fields, k, string(w[k]), string(h[k]))
	}
	slices.SortFunc(fields, func(a, b provider.Field) int { return cmp.Compare(a.Path, b.Path) })
	return fields
}

func fieldsOf(v any) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		out["value"] = json.RawMessage(fmt.Sprintf("%v", v))
	}
	return out
}
