package dataplane_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/internal/dataplane"
)

// piped returns a dialer to a handler over pipes, which work in a synctest bubble.
func piped(t *testing.T, handler http.HandlerFunc) dataplane.Dialer {
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Hour}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.dial
}

func TestTimeoutRunsOnlyWhileTheTargetIsSilent(t *testing.T) {
	const limit = 10 * time.Second
	tests := map[string]struct {
		upload, think, download time.Duration
		want                    int
	}{
		"slow upload":   {upload: 9 * time.Second, want: 200},
		"slow download": {download: time.Hour, want: 200},
		"in time":       {think: limit - 1, want: 200},
		"too slow":      {think: limit + 1, want: 504},
		"stuck upload":  {upload: limit + 1, want: 504},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial := piped(t, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					_ = clock.Wait(r.Context(), clock.System(), test.think)
					_, _ = io.WriteString(w, "begin ")
					_ = http.NewResponseController(w).Flush()
					_ = clock.Wait(r.Context(), clock.System(), test.download)
					_, _ = io.WriteString(w, "end")
				})
				p := dataplane.NewPool(dataplane.PoolOptions{Dial: dial})
				defer p.Close()
				p.SetTargets([]string{a})
				l, _ := p.Pick(all)
				defer l.Release()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				reply := httptest.NewRecorder()
				r := httptest.NewRequestWithContext(ctx, "POST", "/", uploading(ctx, test.upload))
				dataplane.Forward(reply, r, l, dataplane.Hop{Timeout: limit})
				if reply.Code != test.want || reply.Code == 200 && reply.Body.String() != "begin end" {
					t.Errorf("got %d %q, want %d", reply.Code, reply.Body, test.want)
				}
			})
		})
	}
}

// uploading returns a body of three pieces with a pause after each.
func uploading(ctx context.Context, pause time.Duration) io.Reader {
	body, pieces := io.Pipe()
	context.AfterFunc(ctx, func() { _ = body.Close() })
	go func() {
		for range 3 {
			_, _ = io.WriteString(pieces, "piece")
			_ = clock.Wait(ctx, clock.System(), pause)
		}
		_ = pieces.Close()
	}()
	return body
}

// pipes is a net.Listener over pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
