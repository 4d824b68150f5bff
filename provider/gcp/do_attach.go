package gcp

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-io/headgate/provider"
)

// maxAttempts bounds the calls that are spent on finding endpoints which the cloud refuses.
const maxAttempts = 40

// attach registers endpoints. The API refuses a call as a whole when it refuses one endpoint, as
// one whose instance was deleted a moment ago; the others are attached all the same, and the error
// names those that were not.
func (p *Provider) attach(ctx context.Context, zone, name string, list []NetworkEndpoint) error {
	s := &search{p: p, zone: zone, name: name, left: maxAttempts}
	return s.attach(ctx, list)
}

// search halves a list until what is refused stands alone.
type search struct {
	p          *Provider
	zone, name string
	left       int
}

func (s *search) attach(ctx context.Context, list []NetworkEndpoint) error {
	s.left--
	err := s.p.client.attach(ctx, s.zone, s.name, list)
	if !isCode(err, provider.Invalid) && !isCode(err, provider.NotFound) {
		return err
	}
	if len(list) == 1 {
		return fmt.Errorf("endpoint %s:%d on %s: %w", list[0].Address, list[0].Port, list[0].Instance, err)
	}
	if s.left <= 0 || s.groupGone(ctx, err) {
		return err
	}
	half := len(list) / 2
	return both(s.attach(ctx, list[:half]), s.attach(ctx, list[half:]))
}

// both joins two errors in one line.
func both(a, b error) error {
	if a == nil || b == nil {
		return errors.Join(a, b)
	}
	return fmt.Errorf("%w; %w", a, b)
}

// groupGone tells whether it is the whole group that is missing.
func (s *search) groupGone(ctx context.Context, err error) bool {
	if !isCode(err, provider.NotFound) {
		return false
	}
	_, err = s.p.client.kind(KindNetworkEndpointGroup).get(ctx, provider.Key{Kind: KindNetworkEndpointGroup, Name: s.name, Place: s.zone})
	return err != nil
}
