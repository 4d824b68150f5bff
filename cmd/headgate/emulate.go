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
		Short: "Serve an embedded cloud, and write a config file that fits it to standard output",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.emulate(c.Context(), providerName, listen, dataPlane)
		},
	}
	c.Flags().StringVar(&providerName, "provider", "", "cloud: "+p.cloudNames())
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address of the control plane; port 0 takes a free one")
	c.Flags().BoolVar(&dataPlane, "data-plane", false, "tell on standard error at which local address each load balancer is served")
	return c
}

// emulate listens first, so that the config file has the true port, then writes that file, then
// serves.
func (p program) emulate(ctx context.Context, name, address string, dataPlane bool) error {
	c, err := p.pick(name)
	if err != nil {
		return err
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
	p.say("serving %s at http://%s until interrupted", c.name, reachable(listener.Addr()))
	ctx, stop := context.WithCancel(ctx)
	var announcing sync.WaitGroup
	defer announcing.Wait()
	defer stop()
	if dataPlane {
		announcing.Go(func() { p.announce(ctx, server) })
	}
	return serve(ctx, listener, server)
}

// listenCause is what net says without what the message has already.
func listenCause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// reachable is an address that a client of this machine can use.
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

// serve ends when ctx does, having finished what was asked.
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
		_ = server.Close() // what is not finished by now is cut
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("emulate: %w", err)
	}
	return nil
}

// announce names each address of a load balancer when it is served, and when it is not any more.
func (p program) announce(ctx context.Context, server emulated) {
	known := map[string]string{}
	for {
		changed := server.Changed()
		now := server.Front().Addresses()
		for _, a := range slices.Sorted(maps.Keys(now)) {
			if known[a] == "" {
				p.say("load balancer %s is served at %s", a, now[a])
			}
		}
		for _, a := range slices.Sorted(maps.Keys(known)) {
			if now[a] == "" {
				p.say("load balancer %s is gone", a)
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
