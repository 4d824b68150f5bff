package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/config"
)

// emulation is a running emulate command.
type emulation struct {
	config []byte // the document that it wrote
	stop   context.CancelFunc
	status chan int
	stderr *bytes.Buffer
}

// emulate starts the command and returns once the config file is written.
func emulate(t *testing.T, args ...string) *emulation {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	e := &emulation{stop: cancel, status: make(chan int, 1), stderr: new(bytes.Buffer)}
	go func() {
		e.status <- run(ctx, append([]string{"emulate"}, args...), program{stdout: w, stderr: e.stderr, env: environment(), clouds: clouds()})
		w.Close() //nolint:errcheck // a pipe
	}()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		e.config = append(e.config, line...)
		if err != nil || strings.Contains(line, "endpoint:") {
			break
		}
	}
	t.Cleanup(func() { e.end(t) })
	return e
}

// end interrupts the command once and returns its exit status.
func (e *emulation) end(t *testing.T) int {
	t.Helper()
	e.stop()
	status := <-e.status
	e.status <- status // for who asks again
	return status
}

func TestEmulateServesTheCloudOfItsConfig(t *testing.T) {
	for _, c := range clouds() {
		t.Run(c.name, func(t *testing.T) {
			e := emulate(t, "--provider", c.name, "--listen", "127.0.0.1:0", "--data-plane")
			cfg, err := config.Parse("emulate", e.config, nil)
			if err == nil {
				err = cfg.Require(c.name)
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, e.config)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, endpointOf(cfg), nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close() //nolint:errcheck // not read
			if resp.StatusCode < 400 {
				t.Errorf("a request that asks for nothing got %d", resp.StatusCode)
			}
			if status := e.end(t); status != 0 {
				t.Errorf("exit status %d, stderr %s", status, e.stderr)
			}
		})
	}
}

func endpointOf(c config.Config) string {
	switch {
	case c.AWS != nil:
		return c.AWS.Endpoint
	case c.GCP != nil:
		return c.GCP.Endpoint
	default:
		return c.Azure.Endpoint
	}
}
