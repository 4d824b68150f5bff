package main

import (
	"context"

	"github.com/headgate-io/headgate/internal/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/provider"
)

// cloud is one cloud to show.
type cloud struct {
	name, title string
	open        func(ctx context.Context, c clock.Clock, dial dataplane.Dialer) (*stage, error)
}

// stage is an embedded cloud with the provider that works on it.
type stage struct {
	provider provider.Provider
	zones    []string         // where its pods may be
	dial     dataplane.Dialer // reaches what listens at an address of a load balancer
	reset    func()           // counts calls anew
	calls    func() (all, writes int)
	close    func()
}

func clouds() []cloud { return nil }
