package main

import (
	"context"

	"github.com/headgate-io/headgate/internal/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/internal/wire"
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
	wire     *wire.Wire
	front    *dataplane.Front
	zones    []string
	close    func()
}

func clouds() []cloud { return nil }
