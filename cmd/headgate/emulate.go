package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/config"
)

func (p program) emulateCommand() *cobra.Command {
	var providerName, listen string
	var dataPlane bool
	c := &cobra.Command{
		Use:   "emulate --provider NAME --listen ADDR",
		Short: "Serve an embedded cloud, and write a config file for it to standard output",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.emulate(c.Context(), providerName, listen, dataPlane)
		},
	}
	c.Flags().StringVar(&providerName, "provider", "", "cloud provider: "+p.cloudNames())
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address of the control plane; port 0 selects a free port")
	c.Flags().BoolVar(&dataPlane, "data-plane", false, "write the local address of each load balancer to standard error")
	return c
}

// emulate listens first, because the config file has the actual port, then writes that file, then
// serves.
func (p program) emulate(ctx context.Context, name, address string, dataPlane bool) error {
	c, err := p.pick(name)
	if err != nil {
		return err
	}
	if c.emulate == nil {
		return fmt.Errorf("emulate: there is no embedded cloud for %s", name)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("emulate: --listen %s: %w", address, listenCause(err))
	}
	server := c.emulate()
	defer server.Close()
	doc, err := config.Marshal(server.Config("http://" + reachable(listener.Addr())))
	if err == nil {
		_, err = p.stdout.Write(doc)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("emulate: write config: %w", err), listener.Close())
	}
	p.logf("serving %s at http://%s; interrupt to stop", c.name, reachable(listener.Addr()))
	ctx, stop := context.WithCancel(ctx)
	var announcing sync.WaitGroup
	defer announcing.Wait()
	defer stop()
	if dataPlane {
		announcing.Go(func() { p.announce(ctx, server) })
	}
	return serve(ctx, listener, server)
}

// listenCause returns the cause of a net error, without the address that the message already has.
func listenCause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// reachable returns an address that clients on this machine can use.
func reachable(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok || !t.IP.IsUnspecified() {
		return a.String()
	}
	return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: t.Port}).String()
}

const (
	headerTimeout = time.Minute
	closingTime   = 5 * time.Second
)

// serve serves until ctx ends, then finishes the requests in flight.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("emulate: %w", err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
	defer cancel()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close() // cuts the requests that are still in flight
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("emulate: %w", err)
	}
	return nil
}

// announce writes a line when an address of a load balancer is served, and when it no longer is.
func (p program) announce(ctx context.Context, server emulated) {
	known := map[string]string{}
	for {
		changed := server.Changed()
		now := server.Front().Addresses()
		for _, a := range slices.Sorted(maps.Keys(now)) {
			if known[a] == "" {
				p.logf("load balancer %s listens at %s", a, now[a])
			}
		}
		for _, a := range slices.Sorted(maps.Keys(known)) {
			if now[a] == "" {
				p.logf("load balancer %s was deleted", a)
			}
		}
		known = now
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}
