package dataplane_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// balancer is a load balancer with one pool, on sockets. It sends requests to all targets, whatever
// their health.
type balancer struct {
	pool   *dataplane.Pool
	server *httptest.Server
}

func newBalancer(t *testing.T, hop dataplane.Hop, targets ...string) *balancer {
	lb := &balancer{pool: dataplane.NewPool(dataplane.PoolOptions{})}
	t.Cleanup(lb.pool.Close)
	lb.pool.Configure(dataplane.PoolConfig{Draining: time.Hour})
	lb.pool.SetTargets(targets)
	lb.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l, ok := lb.pool.Pick(all)
		if !ok {
			http.Error(w, "no target", http.StatusServiceUnavailable)
			return
		}
		defer l.Release()
		dataplane.Forward(w, r, l, hop)
	}))
	t.Cleanup(lb.server.Close)
	return lb
}

// get sends a request and returns status, body and error.
func (lb *balancer) get(t *testing.T, path string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, lb.server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := lb.server.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	return reply.StatusCode, string(body), err
}

// pod serves a handler and returns its address.
func pod(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// slowPod starts a pod that responds with its name. For the path /slow it sends to begun, and waits
// until finish is closed.
func slowPod(t *testing.T, name string) (address string, begun, finish chan struct{}) {
	begun, finish = make(chan struct{}, 1), make(chan struct{})
	return pod(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- struct{}{}
			select {
			case <-finish:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, name)
	}), begun, finish
}

type answer struct {
	status int
	body   string
	err    error
}

// later sends a request in the background.
func (lb *balancer) later(t *testing.T, path string) <-chan answer {
	answers := make(chan answer, 1)
	go func() {
		status, body, err := lb.get(t, path)
		answers <- answer{status, body, err}
	}()
	return answers
}

func TestDrainingTargetFinishesItsRequest(t *testing.T) {
	old, begun, finish := slowPod(t, "old")
	fresh, _, _ := slowPod(t, "fresh")
	lb := newBalancer(t, dataplane.Hop{}, old)
	slow := lb.later(t, "/slow")
	<-begun
	lb.pool.SetTargets([]string{fresh})
	for range 10 {
		if status, body, err := lb.get(t, "/"); status != http.StatusOK || body != "fresh" {
			t.Errorf("during the drain: %d %q %v", status, body, err)
		}
	}
	expect(t, lb.pool, map[string]dataplane.Health{old: dataplane.Draining, fresh: dataplane.Unused})
	close(finish)
	if got := <-slow; got.status != http.StatusOK || got.body != "old" {
		t.Errorf("the request in flight got %+v", got)
	}
}

func TestDrainTimeoutCancelsTheRequest(t *testing.T) {
	old, begun, _ := slowPod(t, "old")
	failed := make(chan error, 1)
	lb := newBalancer(t, dataplane.Hop{OnError: func(w http.ResponseWriter, _ *http.Request, err error) {
		failed <- err
		w.WriteHeader(http.StatusGatewayTimeout)
	}}, old)
	lb.pool.Configure(dataplane.PoolConfig{Draining: time.Millisecond})
	slow := lb.later(t, "/slow")
	<-begun
	lb.pool.SetTargets(nil)
	if got := <-slow; got.status != http.StatusGatewayTimeout {
		t.Errorf("got %+v", got)
	}
	if err := <-failed; !errors.Is(err, dataplane.ErrDrained) {
		t.Errorf("failed by %v", err)
	}
}

func TestDrainTimeoutAbortsAReply(t *testing.T) {
	old := pod(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "first half")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	lb := newBalancer(t, dataplane.Hop{}, old)
	lb.pool.Configure(dataplane.PoolConfig{})
	reply, err := lb.server.Client().Get(lb.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	if _, err := io.ReadFull(reply.Body, make([]byte, len("first half"))); err != nil {
		t.Fatal(err)
	}
	lb.pool.SetTargets(nil)
	if rest, err := io.ReadAll(reply.Body); err == nil {
		t.Errorf("the reply ended without an error after %q", rest)
	}
}

func TestRequestIsForwardedUnchanged(t *testing.T) {
	seen := make(chan *http.Request, 1)
	target := pod(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r })
	lb := newBalancer(t, dataplane.Hop{Rewrite: func(pr *httputil.ProxyRequest) {
		pr.Out.Header.Set("X-From", pr.In.Header.Get("X-Forwarded-For"))
		pr.Out.URL.Host = "elsewhere.invalid"
	}}, target)
	const uri = "/a%2Fb//c?q=%zz;x&y=1"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, lb.server.URL+uri, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "shop.example"
	r.Header = http.Header{"X-Forwarded-For": {"192.0.2.1"}, "Cookie": {"k=v"}, "User-Agent": {""}}
	reply, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	got := <-seen
	want := "GET shop.example " + uri
	if line := strings.Join([]string{got.Method, got.Host, got.RequestURI}, " "); line != want {
		t.Errorf("request %s, want %s", line, want)
	}
	if diff := cmp.Diff(http.Header{"Cookie": {"k=v"}, "X-From": {"192.0.2.1"}}, got.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

func TestBodiesStreamBothWays(t *testing.T) {
	target := pod(t, func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			_, _ = fmt.Fprintln(w, "echo", lines.Text())
			_ = control.Flush()
		}
	})
	lb := newBalancer(t, dataplane.Hop{}, target)
	front := httptest.NewUnstartedServer(lb.server.Config.Handler)
	front.EnableHTTP2 = true // HTTP/1.1 clients read only after the whole request.
	front.StartTLS()
	defer front.Close()
	upload, lines := io.Pipe()
	// Post returns after the header of the reply, which the target sends after the first line.
	go func() { _, _ = io.WriteString(lines, "one\n") }()
	reply, err := front.Client().Post(front.URL, "text/plain", upload)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	answers := bufio.NewScanner(reply.Body)
	for _, word := range []string{"one", "two", "three"} {
		if word != "one" {
			_, _ = io.WriteString(lines, word+"\n")
		}
		if !answers.Scan() || answers.Text() != "echo "+word {
			t.Fatalf("got %q, %v", answers.Text(), answers.Err())
		}
	}
	_ = lines.Close()
	if answers.Scan() {
		t.Errorf("got %q after the end", answers.Text())
	}
}

func TestUnreachableTargetIsABadGateway(t *testing.T) {
	lb := newBalancer(t, dataplane.Hop{}, "127.0.0.1:1")
	if status, _, err := lb.get(t, "/"); status != http.StatusBadGateway {
		t.Errorf("got %d, %v", status, err)
	}
}

func TestSilentTargetIsAGatewayTimeout(t *testing.T) {
	target, _, _ := slowPod(t, "slow")
	lb := newBalancer(t, dataplane.Hop{Timeout: 20 * time.Millisecond}, target)
	if status, _, err := lb.get(t, "/slow"); status != http.StatusGatewayTimeout {
		t.Errorf("got %d, %v", status, err)
	}
}

func TestClosedIdleConnectionCausesNoError(t *testing.T) {
	var listener net.ListenConfig
	l, err := listener.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go answerOnce(l)
	lb := newBalancer(t, dataplane.Hop{}, l.Addr().String())
	for i := range 200 {
		if status, body, err := lb.get(t, "/"); status != http.StatusOK || body != "ok" {
			t.Fatalf("request %d: %d %q, %v", i, status, body, err)
		}
	}
}

// answerOnce serves one request per connection, and then closes the connection without announcing
// it.
func answerOnce(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}()
	}
}

func TestConnectionsAreReusedUntilTheTargetIsRemoved(t *testing.T) {
	var opened atomic.Int64
	closed := make(chan struct{}, 10)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	target := server.Listener.Addr().String()
	lb := newBalancer(t, dataplane.Hop{}, target)
	for want := range int64(3) {
		for range 5 {
			if status, _, err := lb.get(t, "/"); status != http.StatusNotFound {
				t.Fatalf("got %d, %v", status, err)
			}
		}
		if got := opened.Load(); got != want+1 {
			t.Errorf("%d connections, want %d: one each time that the target is added", got, want+1)
		}
		lb.pool.SetTargets(nil)
		<-closed // The removal of a target closes its idle connections.
		lb.pool.SetTargets([]string{target})
	}
}
