package gcp

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// complete derives needs, staged references and drain delay from a spec. They are the same for
// wanted and observed resources.
func complete(r *provider.Resource) {
	in := func(kind, name string) provider.Key { return provider.Key{Kind: kind, Name: name, Place: r.Key.Place} }
	switch s := r.Spec.(type) {
	case BackendServiceSpec:
		if s.HealthCheck != "" {
			r.Needs = append(r.Needs, in(KindHealthCheck, s.HealthCheck))
		}
		if r.Group != "" {
			r.DrainDelay = time.Duration(s.Draining) * time.Second
		}
	case URLMapSpec:
		completeURLMap(r, s)
	case TargetProxySpec:
		r.Needs = append(r.Needs, in(KindURLMap, s.URLMap))
		if strings.HasPrefix(s.Policy, ownPrefix) {
			r.Needs = append(r.Needs, in(KindSSLPolicy, s.Policy))
		}
		for _, link := range s.Certificates {
			r.Needs = append(r.Needs, certificateKey(r, link))
		}
	case ForwardingRuleSpec:
		kind := KindTargetHTTPProxy
		if strings.Contains(s.Target, "/"+collection(KindTargetHTTPSProxy)+"/") {
			kind = KindTargetHTTPSProxy
		}
		r.Needs = append(r.Needs, in(kind, lastPart(s.Target)))
	}
	r.Needs = provider.SortKeys(r.Needs)
}

// completeURLMap adds a need for every service that the map names. A service that gets no request,
// because it only has weight 0 or belongs to a fault, is staged as well.
func completeURLMap(r *provider.Resource, m URLMapSpec) {
	serving := map[string]bool{}
	m.each(func(o *Outcome) {
		for _, s := range o.Services {
			serving[s.Service] = serving[s.Service] || s.Weight > 0 && o.Fault == 0
		}
	})
	for _, name := range slices.Sorted(maps.Keys(serving)) {
		k := provider.Key{Kind: KindBackendService, Name: name, Place: r.Key.Place}
		r.Needs = append(r.Needs, k)
		if !serving[name] {
			r.Staged = append(r.Staged, k)
		}
	}
}

// each calls visit for every outcome of the map.
func (m *URLMapSpec) each(visit func(*Outcome)) {
	visit(&m.Default)
	for i := range m.Matchers {
		visit(&m.Matchers[i].Default)
		for j := range m.Matchers[i].Rules {
			visit(&m.Matchers[i].Rules[j].Outcome)
		}
	}
}
