package providertest

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/headgate-io/headgate/model/modeltest"
)

// podHeader names the pod that answered.
const podHeader = "X-Pod"

// slowPath is the path of requests that a pod answers only once they are released.
const slowPath = "/slow"

// seen is a request as it reached a pod. The pod answers with it in JSON.
type seen struct {
	Method string
	Host   string
	URI    string
	Header http.Header
	TLS    bool
}

// slow controls the requests that pods answer late.
type slow struct {
	arrived chan string   // the pods that requests have reached
	release chan struct{} // closed to let them answer
}

// start starts the server of one pod until the end of the test. The caller has the lock.
func (p *pods) start(name string) *httptest.Server {
	if p.config == nil {
		p.config = p.tlsConfig()
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, name) }))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetHTTP2(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Listener = sniff(s.Listener, p.config)
	s.Start()
	p.t.Cleanup(s.Close)
	return s
}

func (p *pods) tlsConfig() *tls.Config {
	c, err := modeltest.Certificate("pod", "pod.example.com")
	if err != nil {
		p.t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(c.PEM, c.Key.Reveal())
	if err != nil {
		p.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}
}

func (p *pods) serve(w http.ResponseWriter, r *http.Request, name string) {
	p.mu.Lock()
	p.requests[name]++
	p.mu.Unlock()
	if r.URL.Path == slowPath {
		p.slow.arrived <- name
		select {
		case <-p.slow.release:
		case <-r.Context().Done():
		}
	}
	w.Header().Set(podHeader, name)
	w.Header().Set("Content-Type", "application/json")
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(seen{r.Method, r.Host, r.RequestURI, r.Header, r.TLS != nil})
}

// received returns how many requests have reached a pod, those of health checks included.
func (p *pods) received(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[name]
}

// sniffer accepts connections in clear and with TLS on one address.
type sniffer struct {
	net.Listener
	config *tls.Config
	conns  chan net.Conn
	done   chan struct{}
}

func sniff(l net.Listener, config *tls.Config) net.Listener {
	s := &sniffer{Listener: l, config: config, conns: make(chan net.Conn), done: make(chan struct{})}
	go s.accept()
	return s
}

func (s *sniffer) accept() {
	defer close(s.done)
	for {
		c, err := s.Listener.Accept()
		if err != nil {
			return // the listener is closed
		}
		go s.sort(c)
	}
}

// sort waits for the first byte of a connection, which for TLS is that of a handshake record (RFC
// 8446 section 5.1).
func (s *sniffer) sort(c net.Conn) {
	const handshake = 22
	r := bufio.NewReader(c)
	first, err := r.Peek(1)
	if err != nil {
		_ = c.Close() // a health check that only connects
		return
	}
	c = buffered{c, r}
	if first[0] == handshake {
		c = tls.Server(c, s.config)
	}
	select {
	case s.conns <- c:
	case <-s.done:
		_ = c.Close()
	}
}

// Accept returns the next connection that has sent something.
func (s *sniffer) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

// buffered is a connection with bytes that were read ahead.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

// Read returns the bytes that were read ahead first.
func (b buffered) Read(p []byte) (int, error) { return b.r.Read(p) }
