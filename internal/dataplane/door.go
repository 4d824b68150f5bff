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

var errPlain = errors.New("listener does not speak TLS any more")

// door is one listener of a front.
type door struct {
	listener net.Listener
	server   *http.Server
	tls      *tls.Config
	current  atomic.Pointer[Frontend]
	served   chan struct{} // closed when nothing is accepted any more

	mu sync.Mutex
	// all that are open, those of WebSockets too, which http.Server forgets
	conns map[*conn]struct{}
}

func newDoor(listener net.Listener, frontend Frontend) *door {
	d := &door{listener: listener, served: make(chan struct{}), conns: map[*conn]struct{}{}}
	d.current.Store(&frontend)
	d.tls = &tls.Config{GetConfigForClient: d.configFor, MinVersion: tls.VersionTLS12}
	d.server = &http.Server{
		Handler:           http.HandlerFunc(d.handle),
		ErrorLog:          silence(),
		ReadHeaderTimeout: time.Minute,
	}
	go func() {
		defer close(d.served)
		// It ends when the door is closed, and says so.
		_ = d.server.Serve(accepting{Listener: listener, door: d})
	}()
	return d
}

func (d *door) handle(w http.ResponseWriter, r *http.Request) {
	d.current.Load().Handler.ServeHTTP(w, r)
}

// configFor is the frontend's configuration at the moment of a handshake, so that a new certificate
// serves at once.
func (d *door) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	config := d.current.Load().TLS
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

// shutdown refuses new connections at once and lets requests in flight finish, for a limited time
// and until ctx ends.
func (d *door) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, closingTime)
	defer cancel()
	_ = d.server.Shutdown(ctx) // When the time is over, close does what is left.
	d.close()
}

// close ends everything at once.
func (d *door) close() {
	_ = d.server.Close() // The listener may be closed already.
	<-d.served
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		_ = c.Conn.Close()
	}
	clear(d.conns)
}

// accepting hands out connections that are encrypted if the frontend says so.
type accepting struct {
	net.Listener
	door *door
}

// Accept waits for the next connection.
func (a accepting) Accept() (net.Conn, error) {
	accepted, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted, door: a.door}
	a.door.mu.Lock()
	a.door.conns[c] = struct{}{}
	a.door.mu.Unlock()
	if a.door.current.Load().TLS != nil {
		return tls.Server(c, a.door.tls), nil
	}
	return c, nil
}

// conn is a connection that its door knows while it is open.
type conn struct {
	net.Conn
	door *door
}

// Close closes the connection.
func (c *conn) Close() error {
	c.door.mu.Lock()
	delete(c.door.conns, c)
	c.door.mu.Unlock()
	return c.Conn.Close()
}
