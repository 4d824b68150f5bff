package model

import (
	"iter"
	"sort"
	"strings"
	"sync"
)

// Table is what one host of a listener leads to: its own entries in order, then those of Fallback,
// then the default of the listener.
type Table struct {
	Host     Host
	Entries  []Entry
	Fallback *Table // of the next less specific host that covers this one; nil for any host

	// the entries before exact are of exact paths, those before prefix of prefixes
	exact, prefix int
	longest       int // bytes of the longest prefix
}

// All is the total order restricted to the host of the table: its own entries, then the fallbacks'.
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

// index is the order and the tables of one listener, made when they are first asked for: a model
// whose digest has not changed never needs them.
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

// split cuts the entries into one table per host; any host has one even where no route asks for it.
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

// lookup finds the table of the most specific host that covers name.
func (x *index) lookup(name string) *Table {
	if t := x.hosts[Host{Name: name}]; t != nil && name != "" {
		return t
	}
	return x.above(name, true)
}

// above finds the most specific wildcard over name, or any host. A wildcard of one label covers
// exact names alone, and only those one label below it.
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

// find calls meets with the entries whose path matches, in order, until it says yes.
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

// findPrefix tries the prefixes of path that end at a slash, longest first. None is longer than the
// longest of the table, which bounds the work for a hostile path.
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

// first finds the first of the entries of one path that meets. The entries are of one type, the
// longer paths first.
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
