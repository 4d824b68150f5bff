package providertest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/headgate-io/headgate/model"
)

// answer is what a client gets for one request.
type answer struct {
	status int
	header http.Header
	body   string
	pod    string // the pod that answered, or empty if the load balancer did
	seen   seen   // the request as that pod got it
	err    error  // why there is no answer
}

// String describes the answer in messages.
func (a answer) String() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.pod != "":
		return fmt.Sprintf("%d by pod %s, which got %s %s%s", a.status, a.pod, a.seen.Method, a.seen.Host, a.seen.URI)
	default:
		return fmt.Sprintf("%d %s %q", a.status, a.header.Get("Location"), a.body)
	}
}

// unavailable reports whether a data plane answers like this while no pod is healthy.
func (a answer) unavailable() bool {
	return a.err != nil || a.pod == "" && a.status >= http.StatusBadGateway && a.status <= http.StatusGatewayTimeout
}

// visitor returns a client that reaches one address of a load balancer and accepts any certificate.
func (s *stage) visitor(address string) *client {
	return s.newClient(address, anyCertificate(""))
}

// anyCertificate accepts any certificate for a server name, or for that of the request.
func anyCertificate(name string) *tls.Config {
	//nolint:gosec // the tests compare certificates themselves
	return &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
}

// ask sends one request, and returns what comes back.
func (c *client) ask(ctx context.Context, q model.Request) answer {
	r, err := httpRequest(ctx, q)
	if err != nil {
		return answer{err: err}
	}
	res, err := c.http.Do(r)
	if err != nil {
		return answer{err: fmt.Errorf("ask: %w", err)}
	}
	defer res.Body.Close() //nolint:errcheck // all of it was read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{err: fmt.Errorf("read answer: %w", err)}
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(body), pod: res.Header.Get(podHeader)}
	if a.pod != "" {
		a.err = json.Unmarshal(body, &a.seen)
	}
	return a
}

// httpRequest returns q as a client sends it: the host has the port, unless the scheme implies it.
func httpRequest(ctx context.Context, q model.Request) (*http.Request, error) {
	u, err := url.Parse(q.Scheme + "://" + authority(q) + q.Path)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", q.Path, err)
	}
	u.RawQuery = q.RawQuery
	r, err := http.NewRequestWithContext(ctx, q.Method, u.String(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", q.Path, err)
	}
	for name, values := range q.Headers {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return r, nil
}

func authority(q model.Request) string {
	if q.Scheme == "http" && q.Port == 80 || q.Scheme == "https" && q.Port == 443 {
		return q.Host
	}
	return net.JoinHostPort(q.Host, strconv.Itoa(q.Port))
}

// get returns a request for a path of a host on port 80.
func get(host, path string) model.Request {
	q := model.Request{Scheme: "http", Host: host, Port: 80, Method: http.MethodGet, Path: path}
	if u, err := url.Parse(path); err == nil {
		q.Path, q.RawQuery = u.EscapedPath(), u.RawQuery
	}
	return q
}
