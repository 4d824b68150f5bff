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

// closingTime is how long requests in flight may last on a listener that is closed, in real time.
const closingTime = 30 * time.Second

var errClosed = errors.New("front is closed")

// Frontend is what answers at one address of a load balancer.
type Frontend struct {
	// Handler takes the requests.
	Handler http.Handler
	// TLS is how connections are encrypted, HTTP/2 being spoken when its NextProtos say h2; nil is
	// plain HTTP/1.1.
	TLS *tls.Config
}

// Front gives the addresses of load balancers ("203.0.113.7:80", "name.elb.amazonaws.com:443") real
// listeners on loopback. All its methods may be called from any goroutine.
type Front struct {
	setting sync.Mutex     // one Set at a time
	closing sync.WaitGroup // listeners that finish their last requests
	life    context.Context
	end     context.CancelFunc

	mu    sync.RWMutex
	doors map[string]*door
}

// NewFront is a front without listeners.
func NewFront() *Front {
	f := &Front{doors: map[string]*door{}}
	f.life, f.end = context.WithCancel(context.Background())
	return f
}

// Set makes want the addresses that are served. A listener whose address stays keeps its socket and
// its connections, and the new frontend takes its next request; TLS holds from the next connection
// on. A listener that goes accepts nothing more, and finishes the requests that it has. An error
// tells which addresses have no listener; the others are as wanted.
func (f *Front) Set(want map[string]Frontend) error {
	f.setting.Lock()
	defer f.setting.Unlock()
	if f.life.Err() != nil {
		return errClosed
	}
	have := f.doors // Only Set writes it.
	doors := make(map[string]*door, len(want))
	var failed []error
	for address, frontend := range want {
		key := fold(address)
		d, err := f.open(cmp.Or(doors[key], have[key]), frontend)
		if err != nil {
			failed = append(failed, fmt.Errorf("listen for %s: %w", address, err))
			continue
		}
		doors[key] = d
	}
	f.mu.Lock()
	f.doors = doors
	f.mu.Unlock()
	for address, d := range have {
		if doors[address] == nil {
			_ = d.listener.Close() // Refuse at once; what is accepted is shut down in its time.
			f.closing.Go(func() { d.shutdown(f.life) })
		}
	}
	return errors.Join(failed...)
}

// open returns the door that is there with a new frontend, or a new one.
func (f *Front) open(have *door, frontend Frontend) (*door, error) {
	if have != nil {
		have.current.Store(&frontend)
		return have, nil
	}
	listener, err := new(net.ListenConfig).Listen(f.life, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return newDoor(listener, frontend), nil
}

// fold is the form of an address in which two are equal if a client means the same by them.
func fold(address string) string { return strings.ToLower(address) }

// Dial connects to the loopback listener behind a load balancer's address. An address that nothing
// listens on refuses the connection (syscall.ECONNREFUSED). It fits http.Transport.DialContext.
func (f *Front) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.RLock()
	d := f.doors[fold(address)]
	f.mu.RUnlock()
	if d == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", address, syscall.ECONNREFUSED)}
	}
	return new(net.Dialer).DialContext(ctx, "tcp", d.listener.Addr().String())
}

// Addresses returns the loopback address ("127.0.0.1:port") of each load balancer address that is
// served.
func (f *Front) Addresses() map[string]string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := make(map[string]string, len(f.doors))
	for address, d := range f.doors {
		list[address] = d.listener.Addr().String()
	}
	return list
}

// Close closes every listener and connection at once, and returns when nothing listens any more.
func (f *Front) Close() {
	f.setting.Lock()
	defer f.setting.Unlock()
	f.end()
	f.mu.Lock()
	doors := f.doors
	f.doors = nil
	f.mu.Unlock()
	for _, d := range doors {
		d.close()
	}
	f.closing.Wait()
}

func silence() *log.Logger { return log.New(io.Discard, "", 0) }
