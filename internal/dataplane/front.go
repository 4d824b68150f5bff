package dataplane

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// closingTime is the longest time, in real time, that requests on a closed listener may take.
const closingTime = 30 * time.Second

var errClosed = errors.New("front is closed")

// Frontend configures one address of a load balancer.
type Frontend struct {
	// Handler serves the requests.
	Handler http.Handler
	// TLS is the TLS configuration. HTTP/2 is enabled if its NextProtos contain h2. Nil is HTTP/1.1
	// without TLS.
	TLS *tls.Config
}

// Front opens loopback listeners for the addresses of load balancers ("203.0.113.7:80",
// "name.elb.amazonaws.com:443"). It is safe for concurrent use.
type Front struct {
	setting sync.Mutex     // one Set at a time
	closing sync.WaitGroup // listeners that shut down
	life    context.Context
	end     context.CancelFunc

	mu        sync.RWMutex
	listeners map[string]*listener
}

// NewFront returns a front without listeners.
func NewFront() *Front {
	f := &Front{listeners: map[string]*listener{}}
	f.life, f.end = context.WithCancel(context.Background())
	return f
}

// Set replaces the served addresses. A listener whose address remains retains its socket and its
// connections; the new handler applies to the next request, and the new TLS configuration to the
// next connection. A listener whose address is removed accepts no more connections and finishes its
// requests. An error names the addresses without a listener. The others are served.
func (f *Front) Set(want map[string]Frontend) error {
	f.setting.Lock()
	defer f.setting.Unlock()
	if f.life.Err() != nil {
		return errClosed
	}
	have := f.listeners // Only Set changes it.
	listeners := make(map[string]*listener, len(want))
	var failed []error
	for address, frontend := range want {
		key := fold(address)
		l, err := f.open(cmp.Or(listeners[key], have[key]), frontend)
		if err != nil {
			failed = append(failed, fmt.Errorf("listen for %s: %w", address, err))
			continue
		}
		listeners[key] = l
	}
	f.mu.Lock()
	f.listeners = listeners
	f.mu.Unlock()
	for address, l := range have {
		if listeners[address] == nil {
			_ = l.socket.Close() // Refuse new connections before Set returns.
			f.closing.Go(func() { l.shutdown(f.life) })
		}
	}
	return errors.Join(failed...)
}

// open sets the frontend of an existing listener, or opens a new one.
func (f *Front) open(have *listener, frontend Frontend) (*listener, error) {
	if have != nil {
		have.current.Store(&frontend)
		return have, nil
	}
	socket, err := new(net.ListenConfig).Listen(f.life, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return newListener(socket, frontend), nil
}

// fold returns the canonical form of an address: hostnames are case-insensitive.
func fold(address string) string { return strings.ToLower(address) }

// Dial connects to the listener of a load balancer's address. It fails with syscall.ECONNREFUSED
// for an address without a listener. It has the signature of http.Transport.DialContext.
func (f *Front) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.RLock()
	l := f.listeners[fold(address)]
	f.mu.RUnlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", address, syscall.ECONNREFUSED)}
	}
	return new(net.Dialer).DialContext(ctx, "tcp", l.socket.Addr().String())
}

// Addresses returns the loopback address ("127.0.0.1:port") of each served address.
func (f *Front) Addresses() map[string]string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := make(map[string]string, len(f.listeners))
	for address, l := range f.listeners {
		list[address] = l.socket.Addr().String()
	}
	return list
}

// Close closes all listeners and connections.
func (f *Front) Close() {
	f.setting.Lock()
	defer f.setting.Unlock()
	f.end()
	f.mu.Lock()
	listeners := f.listeners
	f.listeners = nil
	f.mu.Unlock()
	for _, l := range listeners {
		l.close()
	}
	f.closing.Wait()
}

func discardLogger() *log.Logger { return log.New(io.Discard, "", 0) }
