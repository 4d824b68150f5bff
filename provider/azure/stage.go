package azure

import (
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// Stage returns an intermediate desired state. A rule or a path map that would send requests to an
// unverified pool retains its current form, or is left out if it does not exist yet. For each
// unverified pool it adds a listener for a host that cannot exist, with a rule that refers to the
// pool: a gateway checks a pool only if a rule refers to it (Application Gateway health probes
// overview).
func (p *Provider) Stage(want, have []provider.Resource, unverified []provider.Key) []provider.Resource {
	s := &stager{p: p, want: indexOf(want), have: indexOf(have), unverified: unverified}
	template := s.template()
	if template == nil {
		return want
	}
	var out []provider.Resource
	for _, r := range want {
		out = append(out, s.staged(r)...)
	}
	for _, k := range unverified {
		if pool := s.want[k]; pool != nil {
			out = append(out, s.probe(pool, template)...)
		}
	}
	return s.complete(out)
}

// stager indexes both sides by key.
type stager struct {
	p          *Provider
	want, have map[provider.Key]*provider.Resource
	unverified []provider.Key
}

func indexOf(rs []provider.Resource) map[provider.Key]*provider.Resource {
	m := make(map[provider.Key]*provider.Resource, len(rs))
	for i := range rs {
		m[rs[i].Key] = &rs[i]
	}
	return m
}

// template returns the existing listener with the least key, or nil. The staging listeners have its
// frontend, port and protocol.
func (s *stager) template() *provider.Resource {
	var keys []provider.Key
	for k := range s.have {
		if k.Kind == KindListener && !isStaging(k.Name) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return s.have[slices.MinFunc(keys, provider.CompareKeys)]
}

// staged returns the intermediate form of a wanted resource, or nothing if it is left out.
func (s *stager) staged(r provider.Resource) []provider.Resource {
	switch r.Key.Kind {
	case KindPathMap, KindRule:
		if !s.usesUnverified(r.Key) {
			return []provider.Resource{r}
		}
		if have := s.have[r.Key]; have != nil {
			return []provider.Resource{*have}
		}
		return nil
	case KindListener:
		// A listener without its rule would serve nothing, and would capture the requests for its
		// host from the listener that serves them now.
		rule := s.p.key(KindRule, r.Key.Name, r.Key.Place)
		if s.have[r.Key] == nil && s.want[rule] != nil && s.usesUnverified(rule) {
			return nil
		}
	}
	return []provider.Resource{r}
}

// usesUnverified reports whether a wanted rule or path map sends requests to an unverified pool. It
// follows a rule to its path map, but not a redirect to its listener.
func (s *stager) usesUnverified(k provider.Key) bool {
	r := s.want[k]
	if r == nil {
		return false
	}
	return slices.ContainsFunc(r.Needs, func(n provider.Key) bool {
		return slices.Contains(s.unverified, n) || n.Kind == KindPathMap && s.usesUnverified(n)
	})
}

// probe returns a staging listener and a staging rule for an unverified pool.
func (s *stager) probe(pool, template *provider.Resource) []provider.Resource {
	name := pool.Key.Name + stagingSuffix
	l, _ := template.Spec.(ListenerSpec)
	l.Host = groupHash(pool.Key.Name) + ".staging.headgate.invalid" // RFC 6761 reserves "invalid"
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

// complete adds the existing resources that the retained ones refer to, and clears what only an
// observed resource has.
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
	return slices.DeleteFunc(out, func(r provider.Resource) bool { return r.Key.Kind == KindGateway && r.External })
}

// membersOf returns the existing members of a pool, unless they are in already.
func (s *stager) membersOf(pool provider.Key, in map[provider.Key]*provider.Resource) []provider.Resource {
	k := s.p.key(KindMembers, pool.Name, pool.Place)
	if pool.Kind != KindPool || in[k] != nil || s.have[k] == nil {
		return nil
	}
	in[k] = s.have[k]
	return []provider.Resource{*s.have[k]}
}
