package dataplane_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/headgate-io/headgate/internal/dataplane"
)

const (
	shop  = "203.0.113.7:80"
	admin = "internal-Admin.elb.example:8080"
)

func responds(word string) dataplane.Frontend {
	return dataplane.Frontend{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, word) })}
}

func newFront(t *testing.T) *dataplane.Front {
	f := dataplane.NewFront()
	t.Cleanup(f.Close)
	return f
}

func set(t *testing.T, f *dataplane.Front, want map[string]dataplane.Frontend) {
	t.Helper()
	if err := f.Set(want); err != nil {
		t.Fatal(err)
	}
}

// browser returns a client that connects through a front.
func browser(t *testing.T, f *dataplane.Front) *http.Client {
	transport := &http.Transport{DialContext: f.Dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func read(client *http.Client, url string) (string, error) {
	reply, err := client.Get(url) // The client's transport ends with the test.
	if err != nil {
		return "", err
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	return string(body), err
}

func expectRead(t *testing.T, client *http.Client, url, want string) {
	t.Helper()
	if got, err := read(client, url); err != nil || got != want {
		t.Errorf("%s: %q, %v, want %q", url, got, err, want)
	}
}

func TestFrontServesEachAddress(t *testing.T) {
	f := newFront(t)
	set(t, f, map[string]dataplane.Frontend{shop: responds("shop"), admin: responds("admin")})
	client := browser(t, f)
	expectRead(t, client, "http://"+shop, "shop")
	expectRead(t, client, "http://"+admin, "admin")
	expectRead(t, client, "http://INTERNAL-admin.elb.example:8080", "admin")
	addresses := f.Addresses()
	if len(addresses) != 2 {
		t.Errorf("addresses %v", addresses)
	}
	for _, address := range addresses {
		if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
			t.Errorf("%s is not on loopback", address)
		}
	}
	expectRead(t, http.DefaultClient, "http://"+addresses[shop], "shop")
}

func TestAddressWithoutAListenerRefusesConnections(t *testing.T) {
	f := newFront(t)
	set(t, f, map[string]dataplane.Frontend{shop: responds("shop")})
	socket := f.Addresses()[shop]
	set(t, f, nil)
	if _, err := f.Dial(t.Context(), "tcp", shop); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial %s: %v", shop, err)
	}
	f.Close()
	if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", socket); err == nil {
		_ = conn.Close()
		t.Errorf("%s still listens", socket)
	}
	if err := f.Set(map[string]dataplane.Frontend{shop: responds("shop")}); err == nil {
		t.Error("a closed front opened a listener")
	}
}

func TestSetLosesNoRequest(t *testing.T) {
	f := newFront(t)
	set(t, f, map[string]dataplane.Frontend{shop: responds("0")})
	socket := f.Addresses()[shop]
	done := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			client := browser(t, f)
			client.Transport.(*http.Transport).DisableKeepAlives = i%2 == 0
			last := 0
			for {
				got, err := read(client, "http://"+shop)
				n, _ := strconv.Atoi(got)
				if err != nil || n < last {
					t.Errorf("got %q after %d, %v", got, last, err)
				}
				last = n
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := range 300 {
		want := map[string]dataplane.Frontend{shop: responds(strconv.Itoa(n + 1))}
		if n%2 == 0 {
			want[admin] = responds("admin")
		}
		set(t, f, want)
	}
	expectRead(t, browser(t, f), "http://"+shop, "300")
	close(done)
	clients.Wait()
	if now := f.Addresses()[shop]; now != socket {
		t.Errorf("the socket moved from %s to %s", socket, now)
	}
}

func TestRequestInFlightOnAClosedListenerFinishes(t *testing.T) {
	f := newFront(t)
	proceed := make(chan struct{}, 1)
	set(t, f, map[string]dataplane.Frontend{shop: {Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range proceed {
			_, _ = io.WriteString(w, "line\n")
			_ = http.NewResponseController(w).Flush()
		}
	})}})
	proceed <- struct{}{}
	reply, err := browser(t, f).Get("http://" + shop) // The client's transport ends with the test.
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	socket := f.Addresses()[shop]
	set(t, f, nil)
	if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", socket); err == nil {
		_ = conn.Close()
		t.Error("a new connection was accepted")
	}
	// The reply takes long enough for a listener that wrongly closes the connection.
	lines := bufio.NewReader(reply.Body)
	for i := range 1000 {
		if got, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("line %d: %q, %v", i, got, err)
		}
		proceed <- struct{}{}
	}
	close(proceed)
	if _, err := io.ReadAll(lines); err != nil {
		t.Errorf("the end of the reply: %v", err)
	}
}

func TestCloseAbortsRequests(t *testing.T) {
	f := newFront(t)
	begun := make(chan struct{})
	set(t, f, map[string]dataplane.Frontend{shop: {Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})}})
	failed := make(chan error, 1)
	go func() {
		_, err := read(browser(t, f), "http://"+shop)
		failed <- err
	}()
	<-begun
	f.Close()
	if err := <-failed; err == nil {
		t.Error("the request got an answer")
	}
	if len(f.Addresses()) != 0 {
		t.Errorf("addresses %v", f.Addresses())
	}
}

// certificate returns a self-signed certificate for a name.
func certificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure returns a TLS frontend that responds with the protocol of the request.
func secure(t *testing.T, name string, protocols ...string) dataplane.Frontend {
	return dataplane.Frontend{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }),
		TLS:     &tls.Config{Certificates: []tls.Certificate{certificate(t, name)}, NextProtos: protocols, MinVersion: tls.VersionTLS12},
	}
}

// connect opens a connection to an address of the front.
func connect(t *testing.T, f *dataplane.Front, address string) net.Conn {
	t.Helper()
	conn, err := f.Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// handshake returns the name in the certificate that a server presents, and the protocol agreed on.
func handshake(t *testing.T, conn net.Conn, protocols ...string) (name, protocol string) {
	t.Helper()
	// The test reads the certificate itself.
	client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: protocols})
	if err := client.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	state := client.ConnectionState()
	return state.PeerCertificates[0].DNSNames[0], state.NegotiatedProtocol
}

func TestCertificateChangesWithoutANewSocket(t *testing.T) {
	f := newFront(t)
	set(t, f, map[string]dataplane.Frontend{shop: secure(t, "old.example", "http/1.1")})
	client := browser(t, f)
	// The test compares the certificate.
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	expectRead(t, client, "https://"+shop, "HTTP/1.1")
	socket := f.Addresses()[shop]
	if name, protocol := handshake(t, connect(t, f, shop), "h2", "http/1.1"); name != "old.example" || protocol != "http/1.1" {
		t.Errorf("before: %s, %s", name, protocol)
	}
	early := connect(t, f, shop)
	set(t, f, map[string]dataplane.Frontend{shop: secure(t, "new.example", "h2", "http/1.1")})
	for _, conn := range []net.Conn{early, connect(t, f, shop)} {
		if name, protocol := handshake(t, conn, "h2", "http/1.1"); name != "new.example" || protocol != "h2" {
			t.Errorf("after: %s, %s", name, protocol)
		}
	}
	expectRead(t, client, "https://"+shop, "HTTP/1.1") // on the existing connection
	if now := f.Addresses()[shop]; now != socket {
		t.Errorf("the socket moved from %s to %s", socket, now)
	}
}

func TestFrontNegotiatesHTTP2(t *testing.T) {
	for offered, want := range map[string]string{"h2": "HTTP/2.0", "http/1.1": "HTTP/1.1"} {
		f := newFront(t)
		set(t, f, map[string]dataplane.Frontend{shop: secure(t, "shop.example", offered)})
		client := browser(t, f)
		transport := client.Transport.(*http.Transport)
		transport.ForceAttemptHTTP2 = true
		// The certificate is not the question.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
		expectRead(t, client, "https://"+shop, want)
	}
}

func TestGetConfigForClientIsCalled(t *testing.T) {
	f := newFront(t)
	frontend := secure(t, "default.example")
	other := certificate(t, "other.example")
	frontend.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if len(hello.SupportedProtos) == 0 {
			// Nil selects the original configuration (documentation of GetConfigForClient).
			return nil, nil
		}
		return &tls.Config{Certificates: []tls.Certificate{other}, MinVersion: tls.VersionTLS12}, nil
	}
	set(t, f, map[string]dataplane.Frontend{shop: frontend})
	if name, _ := handshake(t, connect(t, f, shop), "http/1.1"); name != "other.example" {
		t.Errorf("got the certificate of %s", name)
	}
	if name, _ := handshake(t, connect(t, f, shop)); name != "default.example" {
		t.Errorf("got the certificate of %s", name)
	}
}

func TestAddressSwitchesBetweenTLSAndPlain(t *testing.T) {
	f := newFront(t)
	client := browser(t, f)
	transport := client.Transport.(*http.Transport)
	transport.DisableKeepAlives = true
	// The certificate is not the question.
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	for range 2 {
		set(t, f, map[string]dataplane.Frontend{shop: responds("plain")})
		expectRead(t, client, "http://"+shop, "plain")
		set(t, f, map[string]dataplane.Frontend{shop: secure(t, "shop.example")})
		expectRead(t, client, "https://"+shop, "HTTP/1.1")
	}
}

// webSocket returns a connection to a target that echoes lines, through a front and a pool.
func webSocket(t *testing.T) (f *dataplane.Front, p *dataplane.Pool, conn net.Conn) {
	target := pod(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, lines, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(conn, lines)
	})
	p = dataplane.NewPool(dataplane.PoolOptions{})
	t.Cleanup(p.Close)
	p.Configure(dataplane.PoolConfig{Draining: time.Hour})
	p.SetTargets([]string{target})
	f = newFront(t)
	set(t, f, map[string]dataplane.Frontend{shop: {Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l, _ := p.Pick(all)
		defer l.Release()
		dataplane.Forward(w, r, l, dataplane.Hop{Timeout: time.Minute})
	})}})
	return f, p, connect(t, f, shop)
}

// upgrade upgrades a connection and checks that lines are echoed.
func upgrade(t *testing.T, conn net.Conn) *bufio.Reader {
	t.Helper()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	lines := bufio.NewReader(conn)
	reply, err := http.ReadResponse(lines, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %s", reply.Status)
	}
	for _, line := range []string{"one\n", "two\n"} {
		_, _ = io.WriteString(conn, line)
		if got, err := lines.ReadString('\n'); got != line {
			t.Fatalf("got %q, %v, want %q", got, err, line)
		}
	}
	return lines
}

func TestWebSocketWorksUntilItsTargetIsDrained(t *testing.T) {
	_, p, conn := webSocket(t)
	lines := upgrade(t, conn)
	p.SetTargets(nil)
	_, _ = io.WriteString(conn, "while draining\n")
	if got, err := lines.ReadString('\n'); got != "while draining\n" {
		t.Errorf("got %q, %v", got, err)
	}
	p.Close()
	if got, err := lines.ReadString('\n'); err == nil {
		t.Errorf("got %q from a drained target", got)
	}
}

func TestFrontClosesWebSockets(t *testing.T) {
	f, _, conn := webSocket(t)
	lines := upgrade(t, conn)
	f.Close()
	if got, err := lines.ReadString('\n'); err == nil {
		t.Errorf("got %q from a closed front", got)
	}
}
