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

// cloud describes a provider to the command line.
type cloud struct {
	name string
	// fields declares the section of the config file that has the provider's name. It is nil if
	// package config knows the section.
	fields []config.Field
	// open returns the provider for an account.
	open func(context.Context, config.Config) (provider.Provider, error)
	// sample is a made-up account, for the capabilities of the provider.
	sample config.Config
	// emulate returns a new embedded cloud. It is nil if there is none.
	emulate func() emulated
}

// emulated is an embedded cloud.
type emulated interface {
	http.Handler
	Front() cloudtest.Front
	Changed() <-chan struct{}
	Close()
	// Config returns a config for the embedded cloud at the endpoint.
	Config(endpoint string) config.Config
}

// pick returns the cloud of --provider.
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
	return cloud{}, fmt.Errorf("--provider must be one of %s, found %q", strings.Join(names, ", "), name)
}

func (p program) cloudNames() string {
	names := make([]string, len(p.clouds))
	for i, c := range p.clouds {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// sections returns the sections of the config file that the clouds declare.
func (p program) sections() []config.Section {
	var all []config.Section
	for _, c := range p.clouds {
		if c.fields != nil {
			all = append(all, config.Section{Name: c.name, Fields: c.fields})
		}
	}
	return all
}

var errNoConfig = errors.New("--config is missing: the YAML file with the ID of the cluster and the cloud account")

// account is a provider and its source, for messages.
type account struct {
	provider.Provider
	name     string // as in --provider
	file     string
	endpoint string
}

// open reads the config file and returns the provider.
func (p program) open(ctx context.Context, o *options) (account, error) {
	c, err := p.pick(o.provider)
	if err != nil {
		return account{}, err
	}
	if o.config == "" {
		return account{}, errNoConfig
	}
	cfg, err := config.Read(o.config, p.env, p.sections()...)
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

// explain adds the likely source of a failure to its error: a field of the config file, or the
// credentials.
func (a account) explain(err error) error {
	code := provider.CodeOf(err)
	switch {
	case code == provider.Denied:
		return fmt.Errorf("config %s: %s: the credentials are missing or were denied: %w", a.file, a.name, err)
	case code == provider.Unavailable && a.endpoint != "":
		return fmt.Errorf("config %s: %s.endpoint %s is unavailable: %w", a.file, a.name, a.endpoint, err)
	case code == provider.Unavailable:
		return fmt.Errorf("%s is unavailable: %w", a.name, err)
	default:
		return err
	}
}

// openForCheck returns the provider of --provider, of which only the capabilities are used. It is
// that of the account in --config, or of a made-up one if --config is not set. It returns nil if
// --provider is not set.
func (p program) openForCheck(ctx context.Context, o *options) (provider.Provider, error) {
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
