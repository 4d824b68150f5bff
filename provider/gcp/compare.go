package gcp

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// Compare tells in which fields an observed resource differs. Certificates and addresses have what
// cannot change in their names, and never differ.
func (p *Provider) Compare(want, have provider.Resource) []provider.Field {
	switch w := want.Spec.(type) {
	case SSLCertificateSpec, AddressSpec:
		return nil
	case NetworkEndpointsSpec:
		h, _ := have.Spec.(NetworkEndpointsSpec)
		return compareZones(w, h)
	default:
		if reflect.DeepEqual(want.Spec, have.Spec) {
			return nil
		}
		return compareFlat(flatten(want.Spec), flatten(have.Spec))
	}
}

func compareZones(want, have NetworkEndpointsSpec) []provider.Field {
	var out []provider.Field
	for _, w := range want.Zones {
		h, ok := have.zone(w.Zone)
		if !ok || h.Loose {
			out = append(out, provider.Field{Path: "backends[" + w.Zone + "]", Want: "group"})
		}
		out = append(out, compareMembers(w.Zone, w.Members, h.Members)...)
	}
	for _, h := range have.Zones {
		if _, ok := want.zone(h.Zone); !ok {
			out = append(out, provider.Field{Path: "backends[" + h.Zone + "]", Have: "group with " + strconv.Itoa(len(h.Members)) + " endpoints"})
		}
	}
	return out
}

func compareMembers(zone string, want, have []NetworkEndpoint) []provider.Field {
	if slices.Equal(want, have) {
		return nil
	}
	var out []provider.Field
	if attach := difference(want, have); len(attach) > 0 {
		out = append(out, provider.Field{Path: zone + ".networkEndpoints[+]", Want: listed(attach)})
	}
	if detach := difference(have, want); len(detach) > 0 {
		out = append(out, provider.Field{Path: zone + ".networkEndpoints[-]", Have: listed(detach)})
	}
	return out
}

// difference is those of a that b lacks; both are in order.
func difference(a, b []NetworkEndpoint) []NetworkEndpoint {
	var out []NetworkEndpoint
	for _, e := range a {
		if _, found := slices.BinarySearchFunc(b, e, compareEndpoints); !found {
			out = append(out, e)
		}
	}
	return out
}

// maxListed is how many endpoints a field names before it only counts.
const maxListed = 3

func listed(list []NetworkEndpoint) string {
	var names []string
	for _, e := range list[:min(len(list), maxListed)] {
		names = append(names, e.Address+":"+strconv.Itoa(e.Port))
	}
	if more := len(list) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// flatten gives each value of a spec its path, as the vendor names it. Secrets are in no JSON.
func flatten(spec any) map[string]string {
	raw, err := json.Marshal(spec)
	if err != nil {
		return nil // specs are plain values
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil
	}
	out := map[string]string{}
	walk(tree, "", out)
	return out
}

func walk(v any, path string, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			walk(x, strings.TrimPrefix(path+"."+name, "."), out)
		}
	case []any:
		for i, x := range v {
			walk(x, fmt.Sprintf("%s[%d]", path, i), out)
		}
	case nil:
	default:
		out[path] = fmt.Sprint(v)
	}
}

func compareFlat(want, have map[string]string) []provider.Field {
	var out []provider.Field
	for path, w := range want {
		if h, ok := have[path]; !ok || h != w {
			out = append(out, provider.Field{Path: path, Want: w, Have: h})
		}
	}
	for path, h := range have {
		if _, ok := want[path]; !ok {
			out = append(out, provider.Field{Path: path, Have: h})
		}
	}
	slices.SortFunc(out, func(a, b provider.Field) int { return strings.Compare(a.Path, b.Path) })
	return out
}
