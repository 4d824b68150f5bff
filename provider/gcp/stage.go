package gcp

import (
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// stageHost is a host that no request has: names under .invalid never exist (RFC 2606).
const stageHost = "headgate-stage.invalid"

// Stage returns URL maps that send no request to an unverified backend service. A rule that would
// do so is replaced by its current form, or omitted if it does not exist yet. Each unverified
// service is referred to by a rule that no request matches, so that the cloud checks its health.
func (p *Provider) Stage(want, have []provider.Resource, unverified []provider.Key) []provider.Resource {
	current := map[provider.Key]URLMapSpec{}
	for _, r := range have {
		if m, ok := r.Spec.(URLMapSpec); ok {
			current[r.Key] = m
		}
	}
	out := slices.Clone(want)
	for i := range out {
		m, ok := out[i].Spec.(URLMapSpec)
		if !ok {
			continue
		}
		s := &stage{unverified: serviceNames(unverified, out[i].Key.Place), used: map[string]bool{}}
		now, exists := current[out[i].Key]
		if staged := s.urlMap(m, now, exists); len(s.used) > 0 {
			out[i].Spec = staged
			out[i].Needs, out[i].Staged = nil, nil
			complete(&out[i])
		}
	}
	return out
}

// serviceNames returns the names of the backend services in one place.
func serviceNames(keys []provider.Key, place string) map[string]bool {
	out := map[string]bool{}
	for _, k := range keys {
		if k.Kind == KindBackendService && k.Place == place {
			out[k.Name] = true
		}
	}
	return out
}

// stage rewrites one URL map.
type stage struct {
	unverified map[string]bool
	used       map[string]bool // the unverified services to which the wanted map sends requests
}

// usesUnverified reports whether an outcome sends requests to an unverified service, and records
// the service.
func (s *stage) usesUnverified(o Outcome) bool {
	found := false
	for _, share := range o.Services {
		if s.unverified[share.Service] && share.Weight > 0 && o.Fault == 0 {
			found, s.used[share.Service] = true, true
		}
	}
	return found
}

func (s *stage) urlMap(want, have URLMapSpec, exists bool) URLMapSpec {
	out := URLMapSpec{Default: s.fallback(want.Default, have.Default, exists)}
	current := map[string]Matcher{}
	for _, m := range have.Matchers {
		current[firstHost(m)] = m
	}
	for _, m := range want.Matchers {
		now, known := current[firstHost(m)]
		if staged, ok := s.matcher(m, now, known); ok {
			out.Matchers = append(out.Matchers, staged)
		}
	}
	out.Matchers = append(out.Matchers, s.references())
	slices.SortFunc(out.Matchers, compareMatchers)
	return out
}

// firstHost identifies a matcher. It is empty for an observed matcher that no host rule uses.
func firstHost(m Matcher) string {
	if len(m.Hosts) == 0 {
		return ""
	}
	return m.Hosts[0]
}

// fallback returns a default that uses no unverified service: want, else have, else status 503.
func (s *stage) fallback(want, have Outcome, exists bool) Outcome {
	switch {
	case !s.usesUnverified(want):
		return want
	case exists:
		return have
	default:
		return unavailable(want.Services[0].Service)
	}
}

// unavailable responds with status 503, and refers to a service.
func unavailable(service string) Outcome {
	return Outcome{Services: []Share{{Service: service, Weight: 1}}, Fault: http.StatusServiceUnavailable}
}

// matcher returns the wanted rules, with the current form of those that use an unverified service.
// If such a rule is new, it is omitted, and the current rules that are no longer wanted follow the
// others, because they may have served the same requests. matcher is false for a new host without a
// rule: a wildcard host continues to serve its requests.
func (s *stage) matcher(want, have Matcher, known bool) (Matcher, bool) {
	out := Matcher{Name: want.Name, Hosts: want.Hosts}
	omitted := false
	for _, r := range want.Rules {
		at := slices.IndexFunc(have.Rules, func(h Rule) bool { return reflect.DeepEqual(h.Matches, r.Matches) })
		switch {
		case !s.usesUnverified(r.Outcome):
			out.Rules = append(out.Rules, r)
		case at >= 0:
			out.Rules = append(out.Rules, have.Rules[at])
		default:
			omitted = true
		}
	}
	if omitted {
		out.Rules = append(out.Rules, unwanted(have.Rules, want.Rules)...)
	}
	if !known && len(out.Rules) == 0 && (omitted || s.usesUnverified(want.Default)) {
		return out, false
	}
	out.Default = s.fallback(want.Default, have.Default, known)
	return out, true
}

// unwanted returns the rules of have whose matches are not in want.
func unwanted(have, want []Rule) []Rule {
	var out []Rule
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w Rule) bool { return reflect.DeepEqual(h.Matches, w.Matches) }) {
			out = append(out, h)
		}
	}
	return out
}

// references returns a matcher for stageHost with a rule for each unverified service in use.
func (s *stage) references() Matcher {
	m := Matcher{Name: "h" + hash(stageHost), Hosts: []string{stageHost}}
	for _, name := range slices.Sorted(maps.Keys(s.used)) {
		m.Default = unavailable(name)
		m.Rules = append(m.Rules, Rule{Matches: []Match{{Full: "/" + name}}, Outcome: unavailable(name)})
	}
	return m
}
