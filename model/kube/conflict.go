package kube

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// claimKey is what two claims of one load balancer must not share: where a request goes.
type claimKey struct {
	balancer, listener int
	host               model.Host
	path               model.PathMatch
	rest               string // method, headers and query parameters
}

func (a *assembly) key(listener int, c *Claim) claimKey {
	return claimKey{balancer: a.index.balancer, listener: listener, host: c.Host, path: c.Match.Path, rest: restText(&c.Match)}
}

// restText is a text that differs where methods, headers or query parameters differ.
func restText(m *model.Match) string {
	if m.Method == "" && len(m.Headers)+len(m.Query) == 0 {
		return ""
	}
	return m.Method + valuesText(m.Headers) + valuesText(m.Query)
}

// valuesText is a text that differs where the values differ. Their order does not matter.
func valuesText(values []model.ValueMatch) string {
	lines := make([]string, len(values))
	for i, v := range values {
		lines[i] = v.Name + "\x00" + string(v.Type) + "\x00" + v.Value + "\n"
	}
	slices.Sort(lines)
	return "\n" + strings.Join(lines, "")
}

// wins reports whether a claim is the first of its host and match. A later claim is refused if it
// asks for something else.
func (a *assembly) wins(listener int, c *Claim) bool {
	k := a.key(listener, c)
	winner := a.index.winners[k]
	if winner == nil {
		a.index.winners[k] = c
		return true
	}
	if !sameAction(winner, c) {
		c.Refused = a.conflict(c.Origin, c.String()+" is already claimed", winner.Origin)
	}
	return false
}

// named reports whether another object names a host.
func (a *assembly) named(by *Attachment, h model.Host) bool {
	if a.hosts == nil {
		a.hosts = hostsOf(a.attached)
	}
	objects := a.hosts[h.String()]
	return len(objects) > 1 || len(objects) == 1 && objects[0] != by.Object
}

// hostsOf returns the objects that name each host, of which two are enough to know.
func hostsOf(attached []Attachment) map[string][]model.Ref {
	hosts := make(map[string][]model.Ref)
	for i := range attached {
		claims := attached[i].Claims
		for j := range claims {
			name := claims[j].Host.String()
			if o := hosts[name]; !claims[j].Yields && len(o) < 2 && !slices.Contains(o, attached[i].Object) {
				hosts[name] = append(o, attached[i].Object)
			}
		}
	}
	return hosts
}

// conflict reports to the object that lost which object won.
func (a *assembly) conflict(loser model.Ref, what string, winner model.Ref) *model.Problem {
	who := winner.Object().String() + ", which takes precedence"
	if winner.Object() == loser.Object() {
		who = winner.Field + " of the same object, which comes first"
	}
	return a.problem(loser, model.ReasonConflict, what+" by "+who)
}

// sameAction reports whether two claims of the same requests ask for the same. Filters are not
// compared: where there are some, the claims differ.
func sameAction(x, y *Claim) bool {
	if !isPlain(&x.Filters) || !isPlain(&y.Filters) {
		return false
	}
	a, b := &x.Action, &y.Action
	switch {
	case a.Forward != nil && b.Forward != nil:
		return slices.EqualFunc(a.Forward.Groups, b.Forward.Groups, sameShare)
	case a.Redirect != nil && b.Redirect != nil:
		return *a.Redirect == *b.Redirect
	case a.Fixed != nil && b.Fixed != nil:
		return *a.Fixed == *b.Fixed
	default:
		return false
	}
}

func sameShare(x, y model.Weighted) bool {
	return x.Group == y.Group && x.Weight == y.Weight && isPlain(&x.Filters) && isPlain(&y.Filters)
}

func isPlain(f *model.Filters) bool {
	return f.Request == nil && f.Response == nil && f.Rewrite == nil && len(f.Mirrors) == 0 && f.CORS == nil
}
