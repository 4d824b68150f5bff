package reconcile

import (
	"slices"
	"sync"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// store is what was observed, and what the engine's own writes returned. Resources are found by
// key, by load balancer, by unit and by group, so that a change of one group's endpoints looks at
// nothing else.
type store struct {
	mu      sync.RWMutex
	byKey   map[provider.Key]provider.Resource
	byOwner map[model.ID]map[provider.Key]struct{}
	byGroup map[groupKey]map[provider.Key]struct{}
	byUnit  map[string]map[provider.Key]struct{} // nil where nobody asks
	// observed, and nothing since that could not be followed
	known map[model.ID]bool
	all   bool              // the whole cluster was observed
	stale map[model.ID]bool // to be observed again, although all is set
}

type groupKey struct {
	lb    model.ID
	group model.GroupID
}

// newStore makes a store that can be asked for what is in a unit, or not.
func newStore(units bool) *store {
	s := &store{
		byKey:   map[provider.Key]provider.Resource{},
		byOwner: map[model.ID]map[provider.Key]struct{}{},
		byGroup: map[groupKey]map[provider.Key]struct{}{},
		known:   map[model.ID]bool{},
		stale:   map[model.ID]bool{},
	}
	if units {
		s.byUnit = map[string]map[provider.Key]struct{}{}
	}
	return s
}

// get looks up one resource.
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
	if s.byUnit != nil {
		insert(s.byUnit, r.WriteScope, r.Key)
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

// drop forgets one resource, which is gone.
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
	if s.byUnit != nil {
		remove(s.byUnit, old.WriteScope, k)
	}
	if old.Group != "" {
		remove(s.byGroup, groupKey{old.Owner.LoadBalancer, old.Group}, k)
	}
}

// observed replaces all that is known of the load balancers by what was read. No load balancer
// means all of them.
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

// of is all that a load balancer owns, sorted by key.
func (s *store) of(id model.ID) []provider.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.collect(s.byOwner[id])
}

// group is all that belongs to one group, sorted by key.
func (s *store) group(lb model.ID, group model.GroupID) []provider.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.collect(s.byGroup[groupKey{lb, group}])
}

// unit is all that travels in one write, sorted by key.
func (s *store) unit(name string) []provider.Resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.collect(s.byUnit[name])
}

// membership is the observed membership of one group, sorted by key.
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

// forget makes the load balancer be observed again before it is planned.
func (s *store) forget(id model.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
	s.stale[id] = true
}

// unknown is those of ids that must be observed.
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

// ids is the load balancers that own something.
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
	slices.SortFunc(rs, func(a, b provider.Resource) int { return provider.CompareKeys(a.Key, b.Key) })
}
