package kube

import (
	"cmp"

	"github.com/headgate-io/headgate/model"
)

// groupKey finds a group of a load balancer.
type groupKey struct {
	balancer int
	id       model.GroupID
}

// addGroups adds the groups that a claim refers to.
func (a *assembly) addGroups(from *Attachment, c *Claim) {
	a.addMirrors(from, c.Filters.Mirrors)
	if c.Action.Forward == nil {
		return
	}
	for i := range c.Action.Forward.Groups {
		share := &c.Action.Forward.Groups[i]
		a.addGroup(from, share.Group)
		a.addMirrors(from, share.Filters.Mirrors)
	}
}

func (a *assembly) addMirrors(from *Attachment, mirrors []model.Mirror) {
	for i := range mirrors {
		a.addGroup(from, mirrors[i].Group)
	}
}

// addGroup adds a group at first use, and the object to its origins.
func (a *assembly) addGroup(from *Attachment, id model.GroupID) {
	k := groupKey{a.index.balancer, id}
	i, ok := a.index.groups[k]
	if !ok {
		i = len(a.lb.Groups)
		a.index.groups[k] = i
		a.newGroup(a.backends[id])
	}
	g := &a.lb.Groups[i]
	if last := g.Origins[len(g.Origins)-1]; last != from.Object {
		g.Origins = append(g.Origins, from.Object)
	}
}

// newGroup adds the group of a backend, with its endpoints.
func (a *assembly) newGroup(b *backend) {
	if a.lb.Groups == nil {
		a.lb.Groups = make([]model.Group, 0, a.countGroups())
	}
	a.lb.Groups = append(a.lb.Groups, *b.group)
	g := &a.lb.Groups[len(a.lb.Groups)-1]
	g.ID = b.id
	g.Origins = append(cut(&a.index.room.origins, 2), b.service.ref()) // and one that routes to it
	g.Endpoints, g.Members = a.endpointsOf(b, a.lb.Family)
	g.Port = commonPort(g.Endpoints)
	if g.Target != model.TargetNode {
		if len(g.Endpoints) == 0 {
			g.Port = expectedPort(b.port)
		}
		a.followProbe(g)
	}
	a.result.Backends = append(a.result.Backends, GroupBackend{LoadBalancer: a.lb.ID, Group: b.id, Backend: b.members(a.lb.Family)})
}

// countGroups estimates the number of groups: no more than there are claims of one listener, or
// backends.
func (a *assembly) countGroups() int {
	most := 0
	for i := range a.lb.Listeners {
		most = max(most, cap(a.lb.Listeners[i].Routes))
	}
	return cmp.Or(min(most, len(a.backends)), 1)
}
