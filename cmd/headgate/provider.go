package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// cloud is what the command line knows of a provider.
type cloud struct {
	name string
	// open makes the provider of an account.
	open func(context.Context, config.Config) (provider.Provider, error)
	// sample is an account that does not exist: enough to ask the provider what it can do.
	sample config.Config
	// emulate makes the embedded cloud.
	emulate func() emulated
}

// emulated is an embedded cloud.
type emulated interface {
	http.Handler
	Front() cloudtest.Front
	Changed() <-chan struct{}
	Close()
	// Config fits a fresh account that is reached at the endpoint.
	Config(endpoint string) config.Config
}

// pick finds the cloud that --provider names.
func (p program) pick(name string) (cloud, error) {
	names := make([]string, len(p.clouds))
	for i, c := range p.clouds {
		if c.name == name {
			return c, nil
		}
		names[i] = c.name
	}
	if name == "" {
		return cloud{}, fmt.Errorf("--provider is missing: one of %s", strings.Join(names, ", "))
	}
	return cloud{}, fmt.Errorf("--provider %q is not known: one of %s", name, strings.Join(names, ", "))
}

func (p program) cloudNames() string {
	names := make([]string, len(p.clouds))
	for i, c := range p.clouds {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

var errNoConfig = errors.New("--config is missing: the YAML file that names the cluster and the account")

// account is a provider and where it came from, for messages.
type account struct {
	provider.Provider
	name     string // as --provider has it
	file     string
	endpoint string
}

// open reads the config file and makes the provider.
func (p program) open(ctx context.Context, o *options) (account, error) {
	c, err := p.pick(o.provider)
	if err != nil {
		return account{}, err
	}
	if o.config == "" {
		return account{}, errNoConfig
	}
	cfg, err := config.Read(o.config, p.env)
	if err != nil {
		return account{}, err
	}
	if err := cfg.Require(c.name); err != nil {
		return account{}, err
	}
	cloud, err := c.open(ctx, cfg)
	if err != nil {
		return account{}, fmt.Errorf("config %s: %s: %w", o.config, c.name, err)
	}
	return account{cloud, c.name, o.config, cfg.Endpoint(c.name)}, nil
}

// explain adds to a failure what its reader can do about it: what is wrong may stand in the config
// file, or in the environment.
func (a account) explain(err error) error {
	code := provider.CodeOf(err)
	switch {
	case code == provider.Denied:
		return fmt.Errorf("config %s: %s refuses the credentials or there are none: %w", a.file, a.name, err)
	case code == provider.Unavailable && a.endpoint != "":
		return fmt.Errorf("config %s: %s.endpoint %s cannot be reached or fails: %w", a.file, a.name, a.endpoint, err)
	case code == provider.Unavailable:
		return fmt.Errorf("%s cannot be reached or fails: %w", a.name, err)
	default:
		return err
	}
}

// judge is the provider of --provider, to be asked what it can express: that of the account that
// --config names, or of any where none is named. Nil is no provider.
func (p program) judge(ctx context.Context, o *options) (provider.Provider, error) {
	if o.provider == "" {
		return nil, nil
	}
	c, err := p.pick(o.provider)
	if err != nil {
		return nil, err
	}
	if o.config == "" {
		return c.open(ctx, c.sample)
	}
	a, err := p.open(ctx, o)
	return a.Provider, err
}
