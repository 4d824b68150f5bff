package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// fleet has the pods of one tour: HTTP servers on loopback that the embedded cloud reaches at the
// addresses of the pods.
type fleet struct {
	mu   sync.Mutex
	pods map[string]*pod // by address:port
}

type pod struct {
	name   string
	socket net.Listener
	server *http.Server
}

// The headers in which a pod reports its name and address.
const (
	headerPod     = "X-Pod"
	headerAddress = "X-Pod-Address"
)

func newFleet() *fleet { return &fleet{pods: map[string]*pod{}} }

// startAll starts a pod for every endpoint and port of the slices.
func (f *fleet) startAll(slices []*discoveryv1.EndpointSlice) error {
	for _, s := range slices {
		for i := range s.Endpoints {
			if err := f.start(s, &s.Endpoints[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// start starts the pod of an endpoint, on each port of its slice.
func (f *fleet) start(s *discoveryv1.EndpointSlice, e *discoveryv1.Endpoint) error {
	for _, address := range addresses(s, e) {
		if err := f.listen(address, podName(s, e)); err != nil {
			return fmt.Errorf("start pod %s: %w", podName(s, e), err)
		}
	}
	return nil
}

func addresses(s *discoveryv1.EndpointSlice, e *discoveryv1.Endpoint) []string {
	var all []string
	for _, p := range s.Ports {
		if p.Port != nil && len(e.Addresses) > 0 {
			all = append(all, net.JoinHostPort(e.Addresses[0], strconv.Itoa(int(*p.Port))))
		}
	}
	return all
}

func podName(s *discoveryv1.EndpointSlice, e *discoveryv1.Endpoint) string {
	if e.TargetRef != nil {
		return e.TargetRef.Name
	}
	return s.Labels[discoveryv1.LabelServiceName] + "@" + e.Addresses[0]
}

func (f *fleet) listen(address, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pods[address] != nil {
		return nil // two Services may share a pod
	}
	socket, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p := &pod{name: name, socket: socket}
	p.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(headerPod, name)
		w.Header().Set(headerAddress, address)
		//nolint:errcheck // the client may be gone
		fmt.Fprintf(w, "%s %s %s\n", name, r.Host, r.URL.Path)
	})}
	f.pods[address] = p
	go p.server.Serve(socket) //nolint:errcheck // it ends with the server
	return nil
}

// stop stops the pod of an endpoint as a kubelet does: requests in flight complete, then
// connections are refused.
func (f *fleet) stop(ctx context.Context, s *discoveryv1.EndpointSlice, e *discoveryv1.Endpoint) error {
	var errs []error
	for _, address := range addresses(s, e) {
		f.mu.Lock()
		p := f.pods[address]
		delete(f.pods, address)
		f.mu.Unlock()
		if p != nil {
			errs = append(errs, p.server.Shutdown(ctx))
		}
	}
	return errors.Join(errs...)
}

// close stops all pods at once.
func (f *fleet) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.pods {
		_ = p.server.Close() // the tour is over
	}
	clear(f.pods)
}

// Dial connects to the pod at an address. If there is none, the connection is refused.
func (f *fleet) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	f.mu.Lock()
	p := f.pods[address]
	f.mu.Unlock()
	if p == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: fmt.Errorf("%s: %w", address, syscall.ECONNREFUSED)}
	}
	return new(net.Dialer).DialContext(ctx, "tcp", p.socket.Addr().String())
}
