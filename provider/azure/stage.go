package azure

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// Stage wants for now what serves without the cold pools, and for each of those a listener that
// nobody asks for, whose rule refers to it: a gateway probes a pool only when a rule does
// (Application Gateway health probes overview).
func (p *Provider) Stage(want, have []provider.Resource, cold []provider.Key) []provider.Resource {
	s := &stager{p: p, want: indexOf(want), have: indexOf(have), cold: cold}
	template := s.template()
	if template == nil {
		return want
	}
	var out []provider.Resource
	for _, r := range want {
		out = append(out, s.staged(r)...)
	}
	for _, k := range cold {
		if pool := s.want[k]; pool != nil {
			out = append(out, s.warm(pool, template)...)
		}
	}
	return s.complete(out)
}

// stager holds both sides by key.
type stager struct {
	p          *Provider
	want, have map[provider.Key]*provider.Resource
	cold       []provider.Key
}

func indexOf(rs []provider.Resource) map[provider.Key]*provider.Resource {
	m := make(map[provider.Key]*provider.Resource, len(rs))
	for i := range rs {
		m[rs[i].Key] = &rs[i]
	}
	return m
}

// template is a listener that is there, the first by key; the warm ones are like it.
func (s *stager) template() *provider.Resource {
	var keys []provider.Key
	for k := range s.have {
		if k.Kind == KindListener && !isWarm(k.Name) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return s.have[slices.MinFunc(keys, provider.CompareKeys)]
}

// staged is a resource as it is wanted for now: as it is there, or not at all, when it leads to a
// cold pool.
func (s *stager) staged(r provider.Resource) []provider.Resource {
	switch r.Key.Kind {
	case KindPathMap, KindRule:
		if !s.leadsToCold(r.Key, 0) {
			return []provider.Resource{r}
		}
		if have := s.have[r.Key]; have != nil {
			return []provider.Resource{*have}
		}
		return nil
	case KindListener:
		// A listener without its rule is of no use, and takes the host from whoever has it now.
		rule := s.p.key(KindRule, r.Key.Name, r.Key.Place)
		if s.have[r.Key] == nil && s.want[rule] != nil && s.leadsToCold(rule, 0) {
			return nil
		}
	}
	return []provider.Resource{r}
}

// leadsToCold follows what a wanted rule or path map refers to; from a rule to its map, but not
// from a redirect to a listener.
func (s *stager) leadsToCold(k provider.Key, depth int) bool {
	r := s.want[k]
	if r == nil || depth > 2 {
		return false
	}
	for _, n := range r.Needs {
		if slices.Contains(s.cold, n) || n.Kind == KindPathMap && s.leadsToCold(n, depth+1) {
			return true
		}
	}
	return false
}

// warm is a listener and a rule for a cold pool.
func (s *stager) warm(pool, template *provider.Resource) []provider.Resource {
	name := pool.Key.Name + warmSuffix
	l, _ := template.Spec.(ListenerSpec)
	l.Host = groupHash(pool.Key.Name) + ".warm.headgate.invalid"
	listener := *template
	listener.Key = s.p.key(KindListener, name, pool.Key.Place)
	listener.Spec, listener.Output, listener.Origin, listener.Owner = l, provider.Output{}, pool.Origin, pool.Owner
	rule := provider.Resource{
		Key: s.p.key(KindRule, name, pool.Key.Place), WriteScope: pool.WriteScope, Owner: pool.Owner, Origin: pool.Origin,
		Needs: []provider.Key{listener.Key, pool.Key}, Staged: []provider.Key{pool.Key},
		Spec: RuleSpec{Listener: name, To: Destination{Pool: pool.Key.Name, Settings: pool.Key.Name}, InOrder: true},
	}
	return []provider.Resource{listener, rule}
}

// complete adds from what is there all that the resources which stay refer to. Resources that are
// there already are wanted as they are, but for what only an observed resource has.
func (s *stager) complete(out []provider.Resource) []provider.Resource {
	in := indexOf(out)
	for i := 0; i < len(out); i++ {
		out[i].Output = provider.Output{}
		for _, n := range out[i].Needs {
			have := s.have[n]
			if in[n] != nil || have == nil || have.External {
				continue
			}
			in[n] = have
			out = append(out, *have)
			out = append(out, s.membersOf(n, in)...)
		}
	}
	return slices.DeleteFunc(out, func(r provider.Resource) bool { return strings.EqualFold(r.Key.Kind, KindGateway) && r.External })
}

// membersOf is the members that a pool has.
func (s *stager) membersOf(pool provider.Key, in map[provider.Key]*provider.Resource) []provider.Resource {
	k := s.p.key(KindMembers, pool.Name, pool.Place)
	if pool.Kind != KindPool || in[k] != nil || s.have[k] == nil {
		return nil
	}
	in[k] = s.have[k]
	return []provider.Resource{*s.have[k]}
}
