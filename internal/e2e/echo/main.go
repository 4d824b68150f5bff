// Command echo is the program of the tests' pods. It reports which pod answered and what the
// request was, and its flags set how it reacts to SIGTERM.
//
// It listens on POD_IP, so that all pods of a machine can use the same port. By default SIGTERM
// shuts it down gracefully: it accepts no new connection and completes requests in flight. With
// -on-term=serve it serves until it is killed, and with -on-term=die it drops everything.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type settings struct {
	ports  string
	onTerm string
	delay  time.Duration
}

func main() {
	var s settings
	flag.StringVar(&s.ports, "ports", or(os.Getenv("PORTS"), "8080"), "ports to listen on, separated by commas (PORTS)")
	flag.StringVar(&s.onTerm, "on-term", or(os.Getenv("ON_TERM"), "drain"), "what SIGTERM does: drain, serve or die (ON_TERM)")
	flag.DurationVar(&s.delay, "start-delay", 0, "how long to wait before listening, as a program that warms up")
	flag.Parse()
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func or(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

func run(s settings) error {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	select {
	case <-term:
		return nil
	case <-time.After(s.delay):
	}
	server := &http.Server{Handler: newHandler(identityOf(os.Getenv)), ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	for port := range strings.SplitSeq(s.ports, ",") {
		address := net.JoinHostPort(os.Getenv("POD_IP"), port)
		listener, err := net.Listen("tcp", address) //nolint:noctx // Listening does not block.
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		go func() { failed <- server.Serve(listener) }()
	}
	return serve(server, s.onTerm, term, failed)
}

func serve(server *http.Server, onTerm string, term <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-term:
		}
		switch onTerm {
		case "serve":
			continue
		case "die":
			return nil
		default:
			return drain(server)
		}
	}
}

// drain completes requests in flight. SIGKILL still cuts them.
func drain(server *http.Server) error {
	if err := server.Shutdown(context.Background()); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
