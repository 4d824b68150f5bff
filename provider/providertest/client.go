package providertest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/headgate-io/headgate/model"
)

// probe is a request that a healthy backend must answer at any time.
type probe struct {
	scheme string
	host   string
	path   string
	groups []string // the Services whose pods may answer
}

// client sends requests through a data plane.
type client struct {
	stage *stage
	http  *http.Client
}

// client returns a client that connects to one address of a load balancer, whatever the host of the
// URL. It trusts the given certificates.
func (s *stage) client(t *testing.T, address string, certs ...model.Certificate) *client {
	t.Helper()
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AppendCertsFromPEM(c.PEM)
	}
	c := s.newClient(address, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func (s *stage) newClient(address string, config *tls.Config) *client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, target string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(target)
			if err != nil {
				return nil, fmt.Errorf("dial %s: %w", target, err)
			}
			return s.Dial(ctx, network, net.JoinHostPort(address, port))
		},
		TLSClientConfig: config,
	}
	return &client{s, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// send returns the pod that answered. An error means that the request failed.
func (c *client) send(ctx context.Context, p probe) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.scheme+"://"+p.host+p.path, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("send: %w", err)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("send: %w", err)
	}
	defer res.Body.Close() //nolint:errcheck // all of it was read
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return "", fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("send %s: %w %d", r.URL, errStatus, res.StatusCode)
	}
	return res.Header.Get(podHeader), nil
}

var (
	errStatus = errors.New("status")
	errPod    = errors.New("a pod of another Service answered")
)

// check sends one request, and returns an error unless a pod of the right Service answered.
func (c *client) check(ctx context.Context, p probe) error {
	pod, err := c.send(ctx, p)
	if err != nil {
		return err
	}
	for _, g := range p.groups {
		if strings.HasPrefix(pod, g+"-") {
			return nil
		}
	}
	return fmt.Errorf("%s%s: %w: %q", p.host, p.path, errPod, pod)
}

// traffic sends the probes in turn, without pause, until it is stopped.
type traffic struct {
	stop context.CancelFunc
	done sync.WaitGroup

	mu     sync.Mutex
	sent   int
	more   *sync.Cond // signals that sent or ended has changed
	failed []error
	ended  bool
}

// await returns once each probe is answered as it should be.
func (c *client) await(t *testing.T, probes []probe) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, p := range probes {
		for {
			err := c.check(ctx, p)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				t.Fatalf("no answer from %s%s: %v", p.host, p.path, err)
			}
			c.stage.hurry()
		}
	}
}

// enough is the number of requests that are answered before a change, and after it.
const enough = 20

// run starts the traffic, and returns once requests are answered.
func (c *client) run(t *testing.T, probes []probe) *traffic {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	tr := &traffic{stop: stop}
	tr.more = sync.NewCond(&tr.mu)
	tr.done.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			tr.note(ctx, c.check(ctx, probes[i%len(probes)]))
		}
	})
	t.Cleanup(tr.end)
	c.stage.watch(tr)
	tr.flow(enough)
	return tr
}

func (tr *traffic) note(ctx context.Context, err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	tr.sent++
	tr.more.Broadcast()
	if err != nil && len(tr.failed) < 5 {
		tr.failed = append(tr.failed, fmt.Errorf("request %d: %w", tr.sent, err))
	}
}

// flow returns once n more requests have been answered, well or not, or the traffic has ended.
func (tr *traffic) flow(n int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for until := tr.sent + n; tr.sent < until && !tr.ended; {
		tr.more.Wait()
	}
}

func (tr *traffic) end() {
	tr.stop()
	tr.done.Wait()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.ended = true
	tr.more.Broadcast()
}

// lossless ends the traffic, and fails the test for each request that failed.
func (tr *traffic) lossless(t *testing.T) {
	t.Helper()
	tr.flow(enough)
	tr.end()
	for _, err := range tr.failed {
		t.Errorf("a request failed: %v", err)
	}
}
