package reconcile

import (
	"slices"
	"sync"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// store caches observed resources and the results of the engine's own writes. It indexes them by
// key, load balancer, write scope and group, so that the cost of an endpoint change does not depend
// on the number of other resources.
type store struct {
	mu      sync.RWMutex
	byKey   map[provider.Key]provider.Resource
	byOwner map[model.ID]map[provider.Key]struct{}
	byGroup map[groupKey]map[provider.Key]struct{}
	byScope map[string]map[provider.Key]struct{} // nil if not needed
	// known are the load balancers of which the store is up to date.
	known map[model.ID]bool
	all   bool              // the whole cluster was observed
	stale map[model.ID]bool // must be observed again even if all is set
}

type groupKey struct {
	lb    model.ID
	group model.GroupID
}

// newStore returns an empty store. The index by write scope is optional.
func newStore(scopes bool) *store {
	s := &store{
		byKey:   map[provider.Key]provider.Resource{},
		byOwner: map[model.ID]map[provider.Key]struct{}{},
		byGroup: map[groupKey]map[provider.Key]struct{}{},
		known:   map[model.ID]bool{},
		stale:   map[model.ID]bool{},
	}
	if scopes {
		s.byScope = map[string]map[provider.Key]struct{}{}
	}
	return s
}

// get returns one resource.
func (s *store) get(k provider.Key) (provider.Resource, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.byKey[k]
	return r, ok
}

// put adds or replaces resources.
func (s *store) put(rs ...provider.Resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rs {
		s.putLocked(r)
	}
}

func (s *store) putLocked(r provider.Resource) {
	if old, ok := s.byKey[r.Key]; ok && old.Owner.LoadBalancer == r.Owner.LoadBalancer && old.Group == r.Group && old.WriteScope == r.WriteScope {
		s.byKey[r.Key] = r
		return
	}
	s.dropLocked(r.Key)
	s.byKey[r.Key] = r
	insert(s.byOwner, r.Owner.LoadBalancer, r.Key)
	if s.byScope != nil {
		insert(s.byScope, r.WriteScope, r.Key)
	}
	if r.Group != "" {
		insert(s.byGroup, groupKey{r.Owner.LoadBalancer, r.Group}, r.Key)
	}
}

func insert[K comparable](m map[K]map[provider.Key]struct{}, k K, key provider.Key) {
	if m[k] == nil {
		m[k] = map[provider.Key]struct{}{}
	}
	m[k][key] = struct{}{}
}

func remove[K comparable](m map[K]map[provider.Key]struct{}, k K, key provider.Key) {
	delete(m[k], key)
	if len(m[k]) == 0 {
		delete(m, k)
	}
}

// drop removes a resource that no longer exists.
func (s *store) drop(k provider.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropLocked(k)
}

func (s *store) dropLocked(k provider.Key) {
	old, ok := s.byKey[k]
	if !ok {
		return
	}
	delete(s.byKey, k)
	remove(s.byOwner, old.Owner.LoadBalancer, k)
	if s.byScope != nil {
		remove(s.byScope, old.WriteScope, k)
	}
	if old.Group != "" {
		remove(s.byGroup, groupKey{old.Owner.LoadBalancer, old.Group}, k)
	}
}

// observed replaces everything stored about the load balancers by rs. An empty ids means the whole
// cluster.
func (s *store) observed(ids []model.ID, rs []provider.Resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(ids) == 0 {
		ids = owners(s.byOwner, rs)
		s.all, s.stale = true, map[model.ID]bool{}
	}
	for _, id := range ids {
		for k := range s.byOwner[id] {
			s.dropLocked(k)
		}
		s.known[id] = true
		delete(s.stale, id)
	}
	for _, r := range rs {
		s.putLocked(r)
	}
}

func owners(byOwner map[model.ID]map[provider.Key]struct{}, rs []provider.Resource) []model.ID {
	seen := map[model.ID]bool{}
	for id := range byOwner {
		seen[id] = true
	}
	for _, r := range rs {
		seen[r.Owner.LoadBalancer] = true
	}
	ids := make([]model.ID, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	return ids
}

// of returns the resources of a load balancer, sorted by key.
func (s *store) of(id model.ID) []provider.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.collect(s.byOwner[id])
}

// group returns the resources of one group, sorted by key.
func (s *store) group(lb model.ID, group model.GroupID) []provider.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.collect(s.byGroup[groupKey{lb, group}])
}

// inScope returns the resources of a write scope, sorted by key.
func (s *store) inScope(name string) []provider.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.collect(s.byScope[name])
}

// membership returns the observed membership of one group, sorted by key.
func (s *store) membership(lb model.ID, group model.GroupID) []provider.Resource {
	return slices.DeleteFunc(s.group(lb, group), func(r provider.Resource) bool { return !r.Member })
}

func (s *store) collect(keys map[provider.Key]struct{}) []provider.Resource {
	out := make([]provider.Resource, 0, len(keys))
	for k := range keys {
		out = append(out, s.byKey[k])
	}
	sortResources(out)
	return out
}

// forget makes the next pass observe the load balancer again.
func (s *store) forget(id model.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
	s.stale[id] = true
}

// unknown returns those ids that must be observed.
func (s *store) unknown(ids []model.ID) []model.ID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []model.ID
	for _, id := range ids {
		if s.stale[id] || (!s.all && !s.known[id]) {
			out = append(out, id)
		}
	}
	return out
}

// ids returns the load balancers that own a resource.
func (s *store) ids() []model.ID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]model.ID, 0, len(s.byOwner))
	for id := range s.byOwner {
		if id != "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func sortResources(rs []provider.Resource) {
	slices.SortFunc(rs, provider.CompareResources)
}
