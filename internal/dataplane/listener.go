package dataplane

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

var errPlain = errors.New("listener no longer serves TLS")

// listener is one listener of a front.
type listener struct {
	socket  net.Listener
	server  *http.Server
	tls     *tls.Config
	current atomic.Pointer[Frontend]
	done    chan struct{} // closed when no connection is accepted any more

	mu sync.Mutex
	// conns are the open connections, including upgraded ones, which http.Server does not track.
	conns map[*conn]struct{}
}

func newListener(socket net.Listener, frontend Frontend) *listener {
	l := &listener{socket: socket, done: make(chan struct{}), conns: map[*conn]struct{}{}}
	l.current.Store(&frontend)
	l.tls = &tls.Config{GetConfigForClient: l.configFor, MinVersion: tls.VersionTLS12}
	l.server = &http.Server{
		Handler:           http.HandlerFunc(l.handle),
		ErrorLog:          discardLogger(),
		ReadHeaderTimeout: time.Minute,
	}
	go func() {
		defer close(l.done)
		// The error is always http.ErrServerClosed, or that of the closed socket.
		_ = l.server.Serve(acceptor{Listener: socket, owner: l})
	}()
	return l
}

func (l *listener) handle(w http.ResponseWriter, r *http.Request) {
	l.current.Load().Handler.ServeHTTP(w, r)
}

// configFor returns the TLS configuration of the current frontend, so that a new certificate
// applies to the next handshake.
func (l *listener) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	config := l.current.Load().TLS
	if config == nil {
		return nil, errPlain
	}
	if config.GetConfigForClient == nil {
		return config, nil
	}
	if own, err := config.GetConfigForClient(hello); own != nil || err != nil {
		return own, err
	}
	return config, nil
}

// shutdown refuses new connections, and waits for the requests in flight until closingTime or the
// end of ctx.
func (l *listener) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, closingTime)
	defer cancel()
	_ = l.server.Shutdown(ctx) // close ends the remaining requests.
	l.close()
}

// close closes the socket and all connections.
func (l *listener) close() {
	_ = l.server.Close() // The socket may be closed already.
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		_ = c.Conn.Close()
	}
	clear(l.conns)
}

// acceptor accepts connections, with TLS if the frontend has it.
type acceptor struct {
	net.Listener
	owner *listener
}

// Accept waits for the next connection.
func (a acceptor) Accept() (net.Conn, error) {
	accepted, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted, owner: a.owner}
	a.owner.mu.Lock()
	a.owner.conns[c] = struct{}{}
	a.owner.mu.Unlock()
	if a.owner.current.Load().TLS != nil {
		return tls.Server(c, a.owner.tls), nil
	}
	return c, nil
}

// conn is a connection that its listener tracks until it is closed.
type conn struct {
	net.Conn
	owner *listener
}

// Close closes the connection.
func (c *conn) Close() error {
	c.owner.mu.Lock()
	delete(c.owner.conns, c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}
