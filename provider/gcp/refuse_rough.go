package gcp

import "github.com/headgate-io/headgate/model"

// Upper bounds of the JSON that the API has for the rules of one entry, in bytes, without the text
// that users write.
const (
	roughRule   = 300 // match rules, priority and the names of members
	roughLink   = 300 // the link of a backend service and its weight
	roughExtras = 800 // rewrites, redirect, timeout, fault and header changes
	roughValue  = 60  // a condition on a header or parameter, or a changed header
)

// roughBytes returns an upper bound of the size of the rules for one entry of a route. A prefix
// that is rewritten becomes two rules.
func roughBytes(r *model.Route) int {
	n := 0
	for i := range r.Matches {
		n = max(n, matchBytes(&r.Matches[i]))
	}
	n += roughRule + roughLink
	if f := r.Action.Forward; f != nil {
		n += roughLink * len(f.Groups)
	}
	n += filterBytes(&r.Filters)
	if to := r.Action.Redirect; to != nil {
		n += roughExtras + len(to.Host) + rewriteBytes(to.Path)
	}
	if r.Timeouts.Request != 0 || r.Action.Forward == nil {
		n += roughExtras
	}
	if replacesPath(r) {
		n *= 2
	}
	return n
}

// matchBytes counts the path twice: a prefix becomes a full path and a prefix.
func matchBytes(m *model.Match) int {
	n := 2*jsonLength(m.Path.Value) + len(m.Method)
	for _, list := range [][]model.ValueMatch{m.Headers, m.Query} {
		for _, v := range list {
			n += roughValue + jsonLength(v.Name) + jsonLength(v.Value)
		}
	}
	return n
}

func filterBytes(f *model.Filters) int {
	n := 0
	if f.Rewrite != nil {
		n += roughExtras + len(f.Rewrite.Host) + rewriteBytes(f.Rewrite.Path)
	}
	for _, c := range []*model.HeaderChange{f.Request, f.Response} {
		if c != nil {
			n += roughExtras + changeBytes(c)
		}
	}
	return n
}

func rewriteBytes(r *model.PathRewrite) int {
	if r == nil {
		return 0
	}
	return jsonLength(r.Value)
}

func changeBytes(c *model.HeaderChange) int {
	n := 0
	for _, list := range [][]model.Header{c.Set, c.Add} {
		for _, h := range list {
			n += roughValue + jsonLength(h.Name) + jsonLength(h.Value)
		}
	}
	for _, name := range c.Remove {
		n += roughValue + jsonLength(name)
	}
	return n
}

// jsonLength returns an upper bound of the length of a text in JSON, where some characters need
// six.
func jsonLength(s string) int {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c > '~' || c == '"' || c == '\\' || c == '&' || c == '<' || c == '>':
			n += 6
		default:
			n++
		}
	}
	return n
}
