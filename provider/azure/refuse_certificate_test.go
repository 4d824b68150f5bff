package azure_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// namedCertificate returns a certificate with n names of 40 characters.
func namedCertificate(t *testing.T, name string, n int) model.Certificate {
	t.Helper()
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("name-%03d.%s.example.com", i, strings.Repeat("n", 19)))
	}
	c, err := modeltest.Certificate(name, append(names, "shop.example.com")...)
	if err != nil {
		t.Fatal(err)
	}
	c.Origin = model.Ref{Kind: "Secret", Namespace: "default", Name: strings.TrimPrefix(name, "default/")}
	return c
}

// A certificate that Azure would reject is left out, and everything else is served.
func TestUnusableCertificateIsRefusedAlone(t *testing.T) {
	good := namedCertificate(t, "default/good", 0)
	unreadable := namedCertificate(t, "default/unreadable", 0)
	unreadable.PEM = append(unreadable.PEM, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"...)
	reference := model.Certificate{Name: "x", Reference: "x", Origin: model.Ref{Kind: "Ingress", Namespace: "default", Name: "young"}}
	for name, culprit := range map[string]model.Certificate{
		"too large": namedCertificate(t, "default/large", 300), "reference": reference, "second block": unreadable,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.engine(t, shared)
			lb := shop(&good)
			lb.Listeners[1].TLS.Certificates = append(lb.Listeners[1].TLS.Certificates, culprit)
			problems := slices.DeleteFunc(e.Set(seal(t, lb)), func(p model.Problem) bool { return p.Reason == model.ReasonDiffers })
			if len(problems) != 1 || problems[0].Origin != culprit.Origin {
				t.Errorf("problems are %+v", problems)
			}
			apply(t, e) // fails if anything is rejected
			all, err := newProvider(t, w.s, shared, w.clk).Observe(t.Context(), provider.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			if n := kinds(all)["HTTPListener"]; n != 2 {
				t.Errorf("%d listeners, want that of port 443 too", n)
			}
			if n := kinds(all)["SSLCertificate"]; n != 1 {
				t.Errorf("%d certificates", n)
			}
		})
	}
}

func kinds(all []provider.Resource) map[string]int {
	n := map[string]int{}
	for _, r := range all {
		n[r.Key.Kind]++
	}
	return n
}

// The largest certificates that Refuse accepts are accepted by Azure, and no others.
func TestRefuseAgreesWithTheLimitOfCertificates(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, shared, w.clk)
	refused, accepted := 0, 0
	for n := 225; n < 275; n += 4 {
		c := namedCertificate(t, "default/tls", n)
		lb := shop(&c)
		if _, _, ok := reconcile.Accept(p, seal(t, lb)); ok && len(p.Refuse(seal(t, lb))) > 0 {
			refused++
			continue
		}
		accepted++
		if outcomes := p.Do(t.Context(), creates(t, p, lb)); states(outcomes)[provider.Done] != len(outcomes) {
			t.Errorf("a certificate with %d names is accepted, and then %v", n, states(outcomes))
		}
	}
	if refused == 0 || accepted == 0 {
		t.Errorf("%d refused, %d accepted: the limit is elsewhere", refused, accepted)
	}
}
