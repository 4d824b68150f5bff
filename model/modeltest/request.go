package modeltest

import (
	"strings"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
)

// Requests generates requests that match the routes of s or come close: the hosts and paths of its
// entries, their parents and children, with and without the values that they need. Each value
// occurs once. If s has a listener for HTTP, the requests go to one.
func Requests(s model.Sealed) *rapid.Generator[model.Request] {
	return rapid.Custom(func(t *rapid.T) model.Request {
		d := drawer{T: t}
		r := model.Request{Scheme: "http", Port: 80, Method: pick(&d, "method", "GET", "POST", "DELETE"), Headers: map[string][]string{}, Query: map[string][]string{}}
		host, match := d.aim(s, &r)
		r.Host = d.near(host)
		if d.chance(6) {
			r.Host = strings.ToUpper(r.Host)
		}
		r.Path = d.nearPath(match.Path)
		if match.Method != "" && d.chance(2) {
			r.Method = match.Method
		}
		for _, h := range match.Headers {
			d.meet(r.Headers, h)
		}
		for _, q := range match.Query {
			d.meet(r.Query, q)
		}
		return r
	})
}

// aim draws an entry of a listener for HTTP.
func (d *drawer) aim(s model.Sealed, r *model.Request) (model.Host, model.Match) {
	var indexes []int
	for i, l := range s.Listeners() {
		if l.Protocol.IsHTTP() {
			indexes = append(indexes, i)
		}
	}
	host, match := model.Host{}, model.Match{Path: model.PathMatch{Type: model.PathPrefix, Value: "/"}}
	if len(indexes) == 0 {
		return host, match
	}
	i := pick(d, "listener", indexes...)
	l := s.Listeners()[i]
	r.Scheme, r.Port = strings.ToLower(string(l.Protocol)), l.Port
	if entries := s.Entries(i); len(entries) > 0 {
		e := entries[d.count("entry", 0, len(entries)-1)]
		host, match = e.Host, e.Match
	}
	return host, match
}

// near draws a name that the host covers in most cases.
func (d *drawer) near(h model.Host) string {
	if h.IsAny() || d.chance(5) {
		return pick(d, "host", append(hostNames(), "unknown.test")...)
	}
	if h.Wildcard == model.NoWildcard {
		return h.Name
	}
	return pick(d, "label", "", "a.", "z.", "y.z.") + h.Name
}

func (d *drawer) nearPath(p model.PathMatch) string {
	if p.Type == model.PathRegexp {
		if path, ok := expressions()[p.Value]; ok && d.chance(2) {
			return path
		}
		return pick(d, "path", "/a", "/a/b", "/A", "/r1", "/r", "/b/c")
	}
	path := strings.TrimSuffix(p.Value, "/")
	switch d.count("near", 0, 6) {
	case 0:
		return path + "/"
	case 1:
		return path + "/" + pick(d, "element", "1", "a", "a/b", "12/", "/", "%61")
	case 2:
		return "/" + strings.TrimPrefix(path+"2", "/") // longer as text, but no child
	case 3:
		return "/" + strings.Trim(path[:max(0, strings.LastIndexByte(path, '/'))], "/")
	case 4:
		return swapCase(p.Value)
	default:
		return p.Value
	}
}

func swapCase(s string) string {
	if upper := strings.ToUpper(s); upper != s {
		return upper
	}
	return strings.ToLower(s)
}

// meet draws the wanted value, another one, or none.
func (d *drawer) meet(values map[string][]string, m model.ValueMatch) {
	value := m.Value
	if m.Type != model.ValueExact {
		value = pick(d, "value", "1", "12", "one", "other")
	}
	switch d.count("meet", 0, 3) {
	case 0:
	case 1:
		values[m.Name] = []string{"other"}
	default:
		values[m.Name] = []string{value}
	}
}
