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

// Compare returns the fields in which have differs from want. Certificates and addresses never
// differ: their names contain a hash of all that they are made of.
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
		return provider.CompareValues(flatten(want.Spec), flatten(have.Spec))
	}
}

func compareZones(want, have NetworkEndpointsSpec) []provider.Field {
	var out []provider.Field
	for _, w := range want.Zones {
		h, ok := have.zone(w.Zone)
		if !ok || h.Unused {
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

// difference returns the endpoints of a that are not in b. Both are sorted.
func difference(a, b []NetworkEndpoint) []NetworkEndpoint {
	var out []NetworkEndpoint
	for _, e := range a {
		if _, found := slices.BinarySearchFunc(b, e, compareEndpoints); !found {
			out = append(out, e)
		}
	}
	return out
}

// maxListed is the number of endpoints that a field lists by name. The rest is counted.
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

// flatten returns the values of a spec by their path, in the API's names. Secrets are not in the
// JSON form.
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
