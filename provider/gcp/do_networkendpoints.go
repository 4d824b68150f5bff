package gcp

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/headgate-io/headgate/provider"
)

// maxEndpointsPerCall is the largest number of endpoints in one call (reference of
// attachNetworkEndpoints).
const maxEndpointsPerCall = 500

// applyNetworkEndpoints creates, updates or deletes the membership of an existing backend service.
func (p *Provider) applyNetworkEndpoints(ctx context.Context, op provider.Op) (*provider.Resource, error) {
	var have NetworkEndpointsSpec
	if op.Have != nil {
		have, _ = op.Have.Spec.(NetworkEndpointsSpec)
	}
	if op.Action == provider.Delete {
		return nil, p.converge(ctx, op, have)
	}
	if op.Have != nil && (op.Have.Owner != op.Want.Owner || op.Have.Group != op.Want.Group) {
		return nil, notOwned(op.Key, describe(op.Have))
	}
	have, err := p.createNetworkEndpointGroups(ctx, op.Want, have)
	if err != nil {
		return nil, err
	}
	return p.applied(op.Want, ""), p.converge(ctx, op, have)
}

// converge attaches the missing endpoints, makes the wanted groups the backends of the service,
// detaches the surplus endpoints, and deletes the groups of unused zones. Nothing is removed before
// its replacement exists.
func (p *Provider) converge(ctx context.Context, op provider.Op, have NetworkEndpointsSpec) error {
	want := NetworkEndpointsSpec{}
	if op.Want != nil {
		want, _ = op.Want.Spec.(NetworkEndpointsSpec)
	}
	if err := p.eachZone(ctx, want, have, p.attach, difference, op.Key.Name); err != nil {
		return err
	}
	if err := p.updateBackends(ctx, op, want, have); err != nil {
		return err
	}
	if err := p.eachZone(ctx, want, have, p.detach, surplus, op.Key.Name); err != nil {
		return err
	}
	return p.deleteNetworkEndpointGroups(ctx, op, want, have)
}

// surplus returns the endpoints in have that are not wanted.
func surplus(want, have []NetworkEndpoint) []NetworkEndpoint { return difference(have, want) }

// eachZone applies one change in every wanted zone concurrently, in batches of the largest size. A
// failure in one zone does not stop the others.
func (p *Provider) eachZone(ctx context.Context, want, have NetworkEndpointsSpec, change func(ctx context.Context, zone, name string, list []NetworkEndpoint) error,
	pick func(want, have []NetworkEndpoint) []NetworkEndpoint, name string,
) error {
	var g errgroup.Group
	for _, z := range want.Zones {
		now, _ := have.zone(z.Zone)
		list := pick(z.Members, now.Members)
		g.Go(func() error {
			for chunk := range slices.Chunk(list, maxEndpointsPerCall) {
				if err := change(ctx, z.Zone, name, chunk); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// detach removes endpoints from a group. The API rejects a call that names an endpoint which is not
// attached. In that case detach reads the group and retries with the attached ones.
func (p *Provider) detach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	err := p.client.detach(ctx, zone, name, list)
	if !provider.IsCode(err, provider.NotFound) {
		return err
	}
	attached, err := p.client.endpoints(ctx, zone, name)
	if err != nil {
		return err
	}
	if left := difference(list, difference(list, attached)); len(left) > 0 {
		return p.client.detach(ctx, zone, name, left)
	}
	return nil
}

// maxAttempts bounds the calls of one attach that search for rejected endpoints.
const maxAttempts = 40

// attach adds endpoints to a group. The API rejects a whole call for one invalid endpoint, such as
// one on an instance that was just deleted. attach adds the others nevertheless, and its error
// names those that were rejected.
func (p *Provider) attach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	s := &search{p: p, group: provider.Key{Kind: KindNetworkEndpointGroup, Name: name, Place: zone}, left: maxAttempts}
	return s.attach(ctx, list)
}

// search halves a list of endpoints until each rejected one is alone.
type search struct {
	p     *Provider
	group provider.Key
	left  int
}

func (s *search) attach(ctx context.Context, list []NetworkEndpoint) error {
	s.left--
	err := s.p.client.attach(ctx, s.group.Place, s.group.Name, list)
	rejected := provider.IsCode(err, provider.Invalid, provider.NotFound)
	if rejected && len(list) == 1 {
		return provider.WithKey(err, fmt.Sprintf("attach endpoint %s:%d on %s to", list[0].Address, list[0].Port, list[0].Instance), s.group)
	}
	if !rejected || s.left <= 0 || s.groupMissing(ctx, err) {
		return provider.WithKey(err, "attach endpoints to", s.group)
	}
	half := len(list) / 2
	return joinErrors(s.attach(ctx, list[:half]), s.attach(ctx, list[half:]))
}

// joinErrors joins two errors in one line.
func joinErrors(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	default:
		return fmt.Errorf("%w; %w", a, b)
	}
}

// groupMissing reports whether err means that the group itself does not exist.
func (s *search) groupMissing(ctx context.Context, err error) bool {
	if !provider.IsCode(err, provider.NotFound) {
		return false
	}
	_, err = s.p.client.kind(KindNetworkEndpointGroup).get(ctx, s.group)
	return err != nil
}
