package gcptest_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

func TestHTTPSProxyAcceptsFifteenCertificatesAndNoHTTPSRedirect(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	c.service("web")
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "shop", DefaultService: "global/backendServices/web"}).Do())
	c.done(c.api.UrlMaps.Insert(project, &compute.UrlMap{Name: "redirect", DefaultUrlRedirect: &compute.HttpRedirectAction{HttpsRedirect: true}}).Do())
	chain, private := pair(t, "a.example")
	_, other := pair(t, "b.example")
	_, err := c.api.SslCertificates.Insert(project, &compute.SslCertificate{Name: "bad", Certificate: chain, PrivateKey: other}).Do()
	wantFault(t, err, 400, "sslCertificateCouldNotParseCert")
	var links []string
	for i := range 16 {
		name := fmt.Sprintf("cert-%d", i)
		c.done(c.api.SslCertificates.Insert(project, &compute.SslCertificate{Name: name, Certificate: chain, PrivateKey: private}).Do())
		links = append(links, "global/sslCertificates/"+name)
	}
	for key, doc := range c.Snapshot() {
		if strings.Contains(doc, "PRIVATE KEY") {
			t.Errorf("%s contains a private key", key)
		}
	}
	proxy := func(urlMap string, certificates []string) error {
		return c.await(c.api.TargetHttpsProxies.Insert(project, &compute.TargetHttpsProxy{Name: "p", UrlMap: "global/urlMaps/" + urlMap, SslCertificates: certificates}).Do())
	}
	wantFault(t, proxy("shop", links), 400, "invalid")
	wantFault(t, proxy("shop", nil), 400, "required")
	wantFault(t, proxy("redirect", links[:1]), 400, "invalid")
	if err := proxy("shop", links[:1]); err != nil {
		t.Fatal(err)
	}
	c.done(c.api.TargetHttpsProxies.SetSslCertificates(project, "p", &compute.TargetHttpsProxiesSetSslCertificatesRequest{SslCertificates: links[1:3]}).Do())
	c.done(c.api.SslCertificates.Delete(project, "cert-0").Do())
	_, err = c.api.SslCertificates.Delete(project, "cert-1").Do()
	wantFault(t, err, 400, "resourceInUseByAnotherResource")
	c.done(c.api.SslPolicies.Insert(project, &compute.SslPolicy{Name: "modern", Profile: "MODERN", MinTlsVersion: "TLS_1_2"}).Do())
	c.done(c.api.TargetHttpsProxies.SetSslPolicy(project, "p", &compute.SslPolicyReference{SslPolicy: "global/sslPolicies/modern"}).Do())
	_, err = c.api.SslPolicies.Delete(project, "modern").Do()
	wantFault(t, err, 400, "resourceInUseByAnotherResource")
}

func TestForwardingRules(t *testing.T) {
	t.Parallel()
	c := newCloud(t, gcptest.Options{})
	shop(c, newPod(t, "one", nil))
	c.done(c.api.GlobalAddresses.Insert(project, &compute.Address{Name: "static"}).Do())
	a, err := c.api.GlobalAddresses.Get(project, "static").Do()
	if err != nil || a.Status != "RESERVED" {
		t.Fatalf("address = %+v, %v", a, err)
	}
	insert := func(name string, change func(*compute.ForwardingRule)) error {
		fr := &compute.ForwardingRule{Name: name, Target: "global/targetHttpProxies/shop", PortRange: "80-80", LoadBalancingScheme: "EXTERNAL_MANAGED", IPAddress: a.Address}
		change(fr)
		return c.await(c.api.GlobalForwardingRules.Insert(project, fr).Do())
	}
	if err := insert("one", func(fr *compute.ForwardingRule) { fr.Labels = map[string]string{"a": "b"} }); err != nil {
		t.Fatal(err)
	}
	// Another rule with the same address and port is rejected.
	wantFault(t, insert("two", func(*compute.ForwardingRule) {}), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.PortRange = "80-90" }), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.IPAddress = "203.0.113.200" }), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.Target = "global/urlMaps/shop" }), 400, "invalid")
	wantFault(t, insert("two", func(fr *compute.ForwardingRule) { fr.Labels = map[string]string{"A": "b"}; fr.PortRange = "81" }), 400, "invalid")
	if err := insert("two", func(fr *compute.ForwardingRule) { fr.PortRange = "8080" }); err != nil {
		t.Error(err)
	}
	a, err = c.api.GlobalAddresses.Get(project, "static").Do()
	if err != nil || a.Status != "IN_USE" || len(a.Users) != 2 {
		t.Errorf("address in use = %+v, %v", a, err)
	}
	_, err = c.api.GlobalAddresses.Delete(project, "static").Do()
	wantFault(t, err, 400, "resourceInUseByAnotherResource")
	fr, err := c.api.GlobalForwardingRules.Get(project, "one").Do()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.api.GlobalForwardingRules.SetLabels(project, "one", &compute.GlobalSetLabelsRequest{Labels: map[string]string{"a": "c"}}).Do()
	wantFault(t, err, 412, "conditionNotMet")
	c.done(c.api.GlobalForwardingRules.SetLabels(project, "one", &compute.GlobalSetLabelsRequest{Labels: map[string]string{"a": "c"}, LabelFingerprint: fr.LabelFingerprint}).Do())
	c.done(c.api.TargetHttpProxies.Insert(project, &compute.TargetHttpProxy{Name: "next", UrlMap: "global/urlMaps/shop"}).Do())
	c.done(c.api.GlobalForwardingRules.SetTarget(project, "one", &compute.TargetReference{Target: "global/targetHttpProxies/next"}).Do())
	fr, err = c.api.GlobalForwardingRules.Get(project, "one").Do()
	if err != nil || last(fr.Target) != "next" || fr.Labels["a"] != "c" || fr.PortRange != "80-80" {
		t.Errorf("forwarding rule = %+v, %v", fr, err)
	}
}
