package gcp

import (
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// stageHost is asked for by nobody: names under .invalid never exist (RFC 2606).
const stageHost = "headgate-stage.invalid"

// Stage leaves out of the URL maps what would send requests to cold backend services, puts what is
// there now in its place, and refers to each cold one by a rule that no request reaches and that
// would answer itself.
func (p *Provider) Stage(want, have []provider.Resource, cold []provider.Key) []provider.Resource {
	now := map[provider.Key]URLMapSpec{}
	for _, r := range have {
		if m, ok := r.Spec.(URLMapSpec); ok {
			now[r.Key] = m
		}
	}
	out := slices.Clone(want)
	for i := range out {
		m, ok := out[i].Spec.(URLMapSpec)
		if !ok {
			continue
		}
		s := &stage{cold: names(cold, out[i].Key.Place)}
		old, exists := now[out[i].Key]
		staged, changed := s.urlMap(m, old, exists)
		if changed {
			out[i].Spec = staged
			out[i].Needs, out[i].Staged = nil, nil
			complete(&out[i])
		}
	}
	return out
}

// names are the cold backend services in one place.
func names(cold []provider.Key, place string) map[string]bool {
	out := map[string]bool{}
	for _, k := range cold {
		if k.Kind == KindBackendService && k.Place == place {
			out[k.Name] = true
		}
	}
	return out
}

// stage rewrites one URL map.
type stage struct {
	cold  map[string]bool
	found map[string]bool // the cold ones that the map would send requests to
}

// leads tells whether an outcome sends requests to a cold service, and notes which.
func (s *stage) leads(o Outcome) bool {
	cold := false
	for _, share := range o.Services {
		if s.cold[share.Service] && share.Weight > 0 && o.Fault == 0 {
			cold, s.found[share.Service] = true, true
		}
	}
	return cold
}

func (s *stage) urlMap(want, have URLMapSpec, exists bool) (URLMapSpec, bool) {
	s.found = map[string]bool{}
	out := URLMapSpec{Default: s.fallback(want.Default, have.Default, exists)}
	old := map[string]Matcher{}
	for _, m := range have.Matchers {
		old[m.Hosts[0]] = m
	}
	for _, m := range want.Matchers {
		was, known := old[m.Hosts[0]]
		if staged, ok := s.matcher(m, was, known); ok {
			out.Matchers = append(out.Matchers, staged)
		}
	}
	if len(s.found) == 0 {
		return want, false
	}
	out.Matchers = append(out.Matchers, s.references())
	slices.SortFunc(out.Matchers, compareMatchers)
	return out, true
}

// fallback is a default that leads to nothing cold: that of now, or a 503 where there is none.
func (s *stage) fallback(want, have Outcome, exists bool) Outcome {
	switch {
	case !s.leads(want):
		return want
	case exists:
		return have
	default:
		return Outcome{Services: []Share{{Service: want.Services[0].Service, Weight: 1}}, Fault: http.StatusServiceUnavailable}
	}
}

// matcher keeps the rules that lead to nothing cold and takes the others as they are now. Where one
// is new and stays out, the rules of now that are no longer wanted stay behind the others, for they
// may have served the same requests. A host that is new and has nothing left stays out whole, so
// that a wildcard goes on taking its requests.
func (s *stage) matcher(want, have Matcher, known bool) (Matcher, bool) {
	out := Matcher{Name: want.Name, Hosts: want.Hosts}
	left := 0
	for _, r := range want.Rules {
		at := slices.IndexFunc(have.Rules, func(h Rule) bool { return reflect.DeepEqual(h.Matches, r.Matches) })
		switch {
		case !s.leads(r.Outcome):
			out.Rules = append(out.Rules, r)
		case at >= 0:
			out.Rules = append(out.Rules, have.Rules[at])
		default:
			left++
		}
	}
	if left > 0 {
		out.Rules = append(out.Rules, unwanted(have.Rules, want.Rules)...)
	}
	if !known && len(out.Rules) == 0 && (left > 0 || s.leads(want.Default)) {
		return out, false
	}
	out.Default = s.fallback(want.Default, have.Default, known)
	return out, true
}

// unwanted are the rules of have whose matches want has not.
func unwanted(have, want []Rule) []Rule {
	var out []Rule
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w Rule) bool { return reflect.DeepEqual(h.Matches, w.Matches) }) {
			out = append(out, h)
		}
	}
	return out
}

// references is a matcher for a host that nobody asks for, with a rule for each cold service.
func (s *stage) references() Matcher {
	m := Matcher{Name: "h" + hash(16, stageHost), Hosts: []string{stageHost}}
	for _, name := range slices.Sorted(maps.Keys(s.found)) {
		o := Outcome{Services: []Share{{Service: name, Weight: 1}}, Fault: http.StatusServiceUnavailable}
		m.Default = o
		m.Rules = append(m.Rules, Rule{Matches: []Match{{Full: "/" + name}}, Outcome: o})
	}
	return m
}
