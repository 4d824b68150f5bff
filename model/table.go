package model

import (
	"iter"
	"sort"
	"strings"
	"sync"
)

// Table is the order of one host of a listener: its own entries, then those of Fallback, then the
// default of the listener.
type Table struct {
	Host     Host
	Entries  []Entry
	Fallback *Table // of the next less specific host that covers this one; nil for any host

	// the entries before exact have exact paths, those before prefix have prefixes
	exact, prefix int
	longest       int // bytes of the longest prefix
}

// All returns the total order for the host of the table: its own entries, then those of the
// fallbacks.
func (t *Table) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for ; t != nil; t = t.Fallback {
			for i := range t.Entries {
				if !yield(t.Entries[i]) {
					return
				}
			}
		}
	}
}

// index is the order and the tables of one listener. They are made at first use: a model whose
// digest did not change never needs them.
type index struct {
	once    sync.Once
	entries []Entry
	tables  []*Table
	hosts   map[Host]*Table
}

func (x *index) build(listener int, routes []Route) {
	x.once.Do(func() {
		x.entries = orderEntries(listener, routes)
		x.split()
		x.link()
	})
}

// split divides the entries into one table for each host. Any host has a table even if no route
// needs it.
func (x *index) split() {
	x.hosts = make(map[Host]*Table)
	for from := 0; from < len(x.entries); {
		to := from + 1
		for to < len(x.entries) && x.entries[to].Host == x.entries[from].Host {
			to++
		}
		x.add(newTable(x.entries[from].Host, x.entries[from:to:to]))
		from = to
	}
	if x.hosts[Host{}] == nil {
		x.add(newTable(Host{}, nil))
	}
}

func (x *index) add(t *Table) {
	x.tables = append(x.tables, t)
	x.hosts[t.Host] = t
}

func newTable(h Host, entries []Entry) *Table {
	t := &Table{Host: h, Entries: entries}
	t.exact = sort.Search(len(entries), func(i int) bool { return entries[i].Match.Path.Type.rank() > PathExact.rank() })
	t.prefix = sort.Search(len(entries), func(i int) bool { return entries[i].Match.Path.Type.rank() > PathPrefix.rank() })
	if t.exact < t.prefix {
		t.longest = len(entries[t.exact].Match.Path.Value)
	}
	return t
}

func (x *index) link() {
	for _, t := range x.tables {
		t.Fallback = x.fallback(t.Host)
	}
}

func (x *index) fallback(h Host) *Table {
	switch h.Wildcard {
	case NoWildcard:
		if h.Name == "" {
			return nil
		}
		return x.above(h.Name, true)
	case OneLabel:
		if t := x.hosts[Host{Name: h.Name, Wildcard: AnyLabels}]; t != nil {
			return t
		}
		return x.above(h.Name, false)
	case AnyLabels:
		return x.above(h.Name, false)
	default:
		return x.hosts[Host{}]
	}
}

// lookup returns the table of the most specific host that covers name.
func (x *index) lookup(name string) *Table {
	if t := x.hosts[Host{Name: name}]; t != nil && name != "" {
		return t
	}
	return x.above(name, true)
}

// above returns the table of the most specific wildcard over name, or of any host. A wildcard of
// one label covers only exact names one label below it.
func (x *index) above(name string, exact bool) *Table {
	if len(x.tables) == 1 {
		return x.hosts[Host{}]
	}
	for first := exact; ; first = false {
		i := strings.IndexByte(name, '.')
		if i < 0 {
			return x.hosts[Host{}]
		}
		name = name[i+1:]
		if first && i > 0 {
			if t := x.hosts[Host{Name: name, Wildcard: OneLabel}]; t != nil {
				return t
			}
		}
		if t := x.hosts[Host{Name: name, Wildcard: AnyLabels}]; t != nil {
			return t
		}
	}
}

// find calls meets for the entries whose path matches, in order, until it returns true.
func (t *Table) find(path string, regexps expressions, meets func(*Entry) bool) *Entry {
	if e := t.first(t.Entries[:t.exact], path, meets); e != nil {
		return e
	}
	if e := t.findPrefix(path, meets); e != nil {
		return e
	}
	for i := t.prefix; i < len(t.Entries); i++ {
		e := &t.Entries[i]
		if regexps.match(e.Match.Path.Value, path) && meets(e) {
			return e
		}
	}
	return nil
}

// findPrefix tries the prefixes of path that end at a slash, longest first. It skips those that are
// longer than the longest of the table, which limits the work for a hostile path.
func (t *Table) findPrefix(path string, meets func(*Entry) bool) *Entry {
	if t.exact == t.prefix {
		return nil
	}
	prefixes := t.Entries[t.exact:t.prefix]
	for p := path; ; {
		if len(p) <= t.longest && p != "/" {
			if e := t.first(prefixes, p, meets); e != nil {
				return e
			}
		}
		i := strings.LastIndexByte(p[:min(len(p), t.longest+1)], '/')
		if i <= 0 {
			break
		}
		p = p[:i]
	}
	return t.first(prefixes, "/", meets)
}

// first returns the first entry of a path that meets. The entries have one type of path, longer
// paths first.
func (t *Table) first(entries []Entry, path string, meets func(*Entry) bool) *Entry {
	lo, hi := 0, len(entries)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1) //nolint:gosec // both are lengths
		v := entries[mid].Match.Path.Value
		if len(v) > len(path) || len(v) == len(path) && v < path {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < len(entries) && entries[lo].Match.Path.Value == path; lo++ {
		if meets(&entries[lo]) {
			return &entries[lo]
		}
	}
	return nil
}
