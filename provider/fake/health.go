package fake

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Health reads the health of the members of groups, with one call.
func (p *Provider) Health(ctx context.Context, have []provider.Resource) (map[provider.Key][]provider.EndpointHealth, error) {
	out := map[provider.Key][]provider.EndpointHealth{}
	err := p.cloud.calls.do(ctx, Call{Op: "read health"}, func() error {
		for _, r := range have {
			if r.Key.Kind == KindGroup {
				out[r.Key] = p.cloud.health(r.Key)
			}
		}
		return nil
	})
	return out, err
}

// health returns the health of the members of a group. Without a reference to the group they are
// not checked.
func (c *Cloud) health(group provider.Key) []provider.EndpointHealth {
	c.mu.Lock()
	defer c.mu.Unlock()
	members, _ := c.objects[membersKey(group)].spec.(MembersSpec)
	out := make([]provider.EndpointHealth, 0, len(members.Members))
	for _, m := range members.Members {
		h := provider.EndpointHealth{Endpoint: model.Endpoint{Address: m.Address.Addr(), Port: int(m.Address.Port()), State: model.Ready}}
		h.Healthy, h.Reason = c.healthOf(group, m)
		out = append(out, h)
	}
	return out
}

func (c *Cloud) healthOf(group provider.Key, m Member) (healthy bool, reason string) {
	if c.plane != nil {
		state := c.plane.health(group, m.Address)
		return state == dataplane.Healthy, state.String()
	}
	switch {
	case !c.referred(group):
		return false, dataplane.Unused.String()
	case c.sick[m.Address]:
		return false, dataplane.Unhealthy.String()
	default:
		return true, ""
	}
}

// referred reports whether a rule or a listener refers to a group, with any weight.
func (c *Cloud) referred(group provider.Key) bool {
	for k, o := range c.objects {
		if k.Kind != KindMembers && slices.Contains(o.spec.refs(), group) {
			return true
		}
	}
	return false
}
