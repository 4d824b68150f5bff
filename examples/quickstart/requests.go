package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
)

// probe is one request, and the decision of the model about it.
type probe struct {
	url  *url.URL
	want model.Decision
}

// probes returns a request for every route, with its host and a path that it matches.
func probes(s model.Sealed) []probe {
	var all []probe
	for i, l := range s.Listeners() {
		if !l.Protocol.IsHTTP() {
			continue
		}
		for _, e := range s.Entries(i) {
			if p := newProbe(s, &l, e); !slices.ContainsFunc(all, func(x probe) bool { return x.url.String() == p.url.String() }) {
				all = append(all, p)
			}
		}
	}
	return all
}

func newProbe(s model.Sealed, l *model.Listener, e model.Entry) probe {
	u := &url.URL{Scheme: strings.ToLower(string(l.Protocol)), Host: hostOf(e.Host), Path: pathOf(e.Match.Path)}
	if l.Port != 80 && l.Port != 443 {
		u.Host = net.JoinHostPort(u.Host, strconv.Itoa(l.Port))
	}
	return probe{u, model.Decide(s, model.Request{Scheme: u.Scheme, Host: u.Host, Port: l.Port, Method: http.MethodGet, Path: u.EscapedPath()})}
}

func hostOf(h model.Host) string {
	switch {
	case h.Name == "":
		return "any.example.org"
	case h.Wildcard != model.NoWildcard:
		return "any." + h.Name
	default:
		return h.Name
	}
}

func pathOf(m model.PathMatch) string {
	if m.Type == model.PathPrefix {
		return strings.TrimSuffix(m.Value, "/") + "/hello"
	}
	return m.Value
}

// client returns a client that connects to the address of a load balancer, whatever the host in the
// URL, and trusts the certificates of the model.
func (t *tour) client(lb served) *http.Client {
	roots := x509.NewCertPool()
	for _, l := range lb.Listeners() {
		if l.TLS == nil {
			continue
		}
		for _, c := range l.TLS.Certificates {
			roots.AppendCertsFromPEM(c.PEM)
		}
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return t.stage.dial(ctx, network, net.JoinHostPort(lb.address, port))
			},
		},
	}
}

// patience is the timeout of a request.
const patience = 10 * time.Second

// answer is the answer to a request.
type answer struct {
	status   int
	location string
	pod      string
	address  string
}

func get(ctx context.Context, c *http.Client, u *url.URL) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, err
	}
	resp, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return answer{}, err
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), resp.Header.Get(headerPod), resp.Header.Get(headerAddress)}, nil
}

// judge compares an answer with the decision of the model.
func judge(s model.Sealed, want model.Decision, got answer) error {
	switch {
	case want.Redirect != nil:
		if got.status != want.Redirect.Status || plain(got.location) != plain(want.Redirect.Location) {
			return fmt.Errorf("answered %d %s, want %d %s", got.status, got.location, want.Redirect.Status, want.Redirect.Location)
		}
	case want.Fixed != nil:
		if got.status != want.Fixed.Status {
			return fmt.Errorf("answered %d, want %d", got.status, want.Fixed.Status)
		}
	case got.status != http.StatusOK:
		return fmt.Errorf("answered %d, want 200", got.status)
	case got.group(s, want.Groups) == "":
		return fmt.Errorf("pod %s answered, which is in none of %v", got.pod, want.Groups)
	}
	return nil
}

// plain returns a URL without the default port of its scheme, which an Application Load Balancer
// always includes.
func plain(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	if (u.Scheme == "https" && u.Port() == "443") || (u.Scheme == "http" && u.Port() == "80") {
		u.Host = u.Hostname()
	}
	return u.String()
}

// group returns which of the groups the answering pod belongs to.
func (a answer) group(s model.Sealed, groups []model.Weighted) model.GroupID {
	for _, w := range groups {
		g, ok := s.Group(w.Group)
		if ok && slices.ContainsFunc(g.Endpoints, func(e model.Endpoint) bool { return e.AddrPort().String() == a.address }) {
			return w.Group
		}
	}
	return ""
}

// maxHealthWait is the maximum duration of the first health checks, in real time.
const maxHealthWait = 30 * time.Second

// awaitHealthy waits until every route is answered as the model decides, because a new load
// balancer serves nothing before its first health checks are complete. These requests do not count.
func (t *tour) awaitHealthy(ctx context.Context, lbs []served) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, maxHealthWait)
	defer cancel()
	for _, lb := range lbs {
		c := t.client(lb)
		defer c.CloseIdleConnections()
		for _, p := range probes(lb.Sealed) {
			if err := until(ctx, c, lb.Sealed, p); err != nil {
				return err
			}
		}
	}
	t.printf("The first health checks were complete after %.1fs.\n", time.Since(began).Seconds())
	return nil
}

// until repeats a request until the answer is as the model decides.
func until(ctx context.Context, c *http.Client, s model.Sealed, p probe) error {
	tick := time.NewTicker(between)
	defer tick.Stop()
	for {
		// the last answer is a better error than that of the context
		got, err := get(context.WithoutCancel(ctx), c, p.url)
		if err == nil {
			err = judge(s, p.want, got)
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("GET %s: %w", p.url, err)
		case <-tick.C:
		}
	}
}

// ask sends one request for each route, and prints which pod answers.
func (t *tour) ask(ctx context.Context, lbs []served) {
	t.printf("\nRequests through the load balancer:\n")
	for _, lb := range lbs {
		c := t.client(lb)
		for _, p := range probes(lb.Sealed) {
			got, err := get(ctx, c, p.url)
			if err == nil {
				err = judge(lb.Sealed, p.want, got)
			}
			t.count(p.url, err)
			t.printf("  GET %-45s → %s\n", p.url, show(lb.Sealed, p, got, err))
		}
		c.CloseIdleConnections()
	}
}

func (t *tour) count(u *url.URL, err error) {
	t.sent++
	if err == nil {
		return
	}
	t.failed++
	if t.firstFailure == nil {
		t.firstFailure = fmt.Errorf("GET %s: %w", u, err)
	}
}

func show(s model.Sealed, p probe, got answer, err error) string {
	switch {
	case err != nil:
		return "FAILED: " + err.Error()
	case got.location != "":
		return fmt.Sprintf("%d to %s", got.status, got.location)
	case got.pod == "":
		return strconv.Itoa(got.status)
	default:
		return fmt.Sprintf("%d from pod %s (%s)", got.status, got.pod, got.group(s, p.want.Groups))
	}
}
