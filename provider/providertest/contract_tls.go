//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// certified are the sentences about certificates.
func certified() []sentence {
	return []sentence{
		{"certificates are chosen by server name, and the first one is the default", testServerNames},
		{"a replaced certificate is presented on the next connection", testRotation},
	}
}

const otherHost = "other.example.com"

func certificateFor(t *testing.T, name string, hosts ...string) model.Certificate {
	t.Helper()
	c, err := modeltest.Certificate(name, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// twoHosts returns a load balancer that serves two hosts by HTTPS, with the given certificates.
func (s *stage) twoHosts(certs ...model.Certificate) model.LoadBalancer {
	lb := s.pods.small()
	lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, prefix("other", otherHost, "/", api))
	lb = secured(lb, certs[0])
	lb.Listeners[1].TLS.Certificates = certs
	lb.Listeners[1].Default = model.ForwardTo(web) // so that other names are served, too
	return lb
}

// secureStage returns a cloud with a data plane and HTTPS, or skips the test.
func secureStage(t *testing.T, h Harness) *stage {
	t.Helper()
	scenario{needs: []model.Feature{model.FeatureHTTPS}}.skip(t, h)
	s := newStage(t, h)
	if s.Dial == nil {
		t.Skip("the cloud has no data plane")
	}
	return s
}

func testServerNames(t *testing.T, h Harness) {
	s := secureStage(t, h)
	first, second := certificateFor(t, "default/shop-tls", host), certificateFor(t, "default/other-tls", otherHost)
	lb := s.twoHosts(first, second)
	r := s.apply(t, s.engine(), &lb)
	s.presents(t, r.Addresses[0], host, first)
	s.presents(t, r.Addresses[0], otherHost, second)
	s.presents(t, r.Addresses[0], "unknown.example.net", first)
}

func testRotation(t *testing.T, h Harness) {
	s := secureStage(t, h)
	first, second := certificateFor(t, "default/shop-tls", host), certificateFor(t, "default/other-tls", otherHost)
	lb, e := s.twoHosts(first, second), s.engine()
	r := s.apply(t, e, &lb)
	s.presents(t, r.Addresses[0], otherHost, second)
	for _, next := range [][]model.Certificate{
		{first, certificateFor(t, "default/other-tls", otherHost)},
		{certificateFor(t, "default/shop-tls", host), second},
	} {
		lb.Listeners = slices.Clone(lb.Listeners)
		lb.Listeners[1].TLS = &model.ListenerTLS{Certificates: next}
		r = s.apply(t, e, &lb)
		s.presents(t, r.Addresses[0], host, next[0])
		s.presents(t, r.Addresses[0], otherHost, next[1])
	}
	s.settled(t, &lb)
}

// presents fails unless a client that asks for a server name gets the certificate.
func (s *stage) presents(t *testing.T, address, name string, want model.Certificate) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	block, _ := pem.Decode(want.PEM)
	for tr := s.transition(); ; s.hurry() {
		got, err := s.certificateOf(ctx, address, name)
		if err == nil && bytes.Equal(got, block.Bytes) {
			return
		}
		if tr.over(err != nil) {
			t.Fatalf("the certificate for %s is not that of %s (error %v)", name, want.Name, err)
		}
	}
}

// certificateOf returns the certificate that a client gets for a server name, in DER.
func (s *stage) certificateOf(ctx context.Context, address, name string) ([]byte, error) {
	c, err := s.Dial(ctx, "tcp", net.JoinHostPort(address, "443"))
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // nothing was sent
	conn := tls.Client(c, anyCertificate(name))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("handshake for %s: %w", name, err)
	}
	return conn.ConnectionState().PeerCertificates[0].Raw, nil
}
