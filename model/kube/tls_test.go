package kube_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// pair is a self-signed certificate and its key, in PEM.
func pair(t testing.TB, hosts ...string) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts, NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func secretOf(name string, cert, key []byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{corev1.TLSCertKey: cert, corev1.TLSPrivateKeyKey: key},
	}
}

// tlsIngress has a rule for each host, and the given spec.tls.
func tlsIngress(annotations, tls string, hosts ...string) string {
	text := services + "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: ns, annotations: {" + annotations + "}}\nspec:\n  tls: " + tls + "\n  rules:\n"
	for i, h := range hosts {
		text += fmt.Sprintf("  - host: %q\n    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s%d, port: {number: 80}}}}]}\n", h, i)
	}
	return text
}

const redirected = `headgate.io/tls-redirect: "true"`

func TestHTTPSServesTheHostsThatTLSEntriesCover(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	good, bad := secretOf("good", cert, key), secretOf("bad", cert, []byte("hush"))
	for name, c := range map[string]struct {
		annotations, tls string
		hosts            []string
		https, http      map[string]string // host → what becomes of a request
		problems         []string
	}{
		"an entry covers its hosts": {
			"", "[{hosts: [a.example.com], secretName: good}]", []string{"a.example.com", "b.example.com"},
			map[string]string{"a.example.com": "ns/s0:80", "b.example.com": "404"},
			map[string]string{"a.example.com": "ns/s0:80", "b.example.com": "ns/s1:80"}, nil,
		},
		"an entry without hosts covers all": {
			redirected, "[{secretName: good}]", []string{"a.example.com", ""},
			map[string]string{"a.example.com": "ns/s0:80", "other.example.com": "ns/s1:80"},
			map[string]string{"a.example.com": "301", "other.example.com": "301"}, nil,
		},
		"a wildcard entry covers one label": {
			redirected, `[{hosts: ["*.example.com"], secretName: good}]`, []string{"a.example.com", "b.a.example.com", "*.example.com"},
			map[string]string{"a.example.com": "ns/s0:80", "b.a.example.com": "404", "x.example.com": "ns/s2:80"},
			map[string]string{"a.example.com": "301", "b.a.example.com": "ns/s1:80", "x.example.com": "301"}, nil,
		},
		"a redirect leaves alone what is not covered": {
			redirected, "[{hosts: [a.example.com], secretName: good}]", []string{"b.example.com", ""},
			map[string]string{"a.example.com": "ns/s1:80", "b.example.com": "ns/s1:80"},
			map[string]string{"a.example.com": "301", "b.example.com": "ns/s0:80", "c.example.com": "ns/s1:80"}, nil,
		},
		"a wildcard of any depth is redirected where its certificate reaches": {
			redirected + ", headgate.io/wildcard-hosts: any-depth", `[{hosts: ["*.example.com"], secretName: good}]`, []string{"*.example.com"},
			map[string]string{"a.example.com": "ns/s0:80"},
			map[string]string{"a.example.com": "301", "b.a.example.com": "ns/s0:80", "example.com": "404"}, nil,
		},
		"the status of a redirect": {
			"headgate.io/tls-redirect: \"308\"", "[{secretName: good}]", []string{"a.example.com"},
			map[string]string{"a.example.com": "ns/s0:80"}, map[string]string{"a.example.com": "308"}, nil,
		},
		"port 80 off": {
			"headgate.io/http: \"off\"", "[{secretName: good}]", []string{"a.example.com"},
			map[string]string{"a.example.com": "ns/s0:80"}, map[string]string{"a.example.com": "none"}, nil,
		},
		"the hosts of a bad certificate stay on port 80, without a redirect": {
			redirected, "[{hosts: [a.example.com], secretName: bad}, {hosts: [b.example.com], secretName: good}]", []string{"a.example.com", "b.example.com"},
			map[string]string{"a.example.com": "404", "b.example.com": "ns/s1:80"},
			map[string]string{"a.example.com": "ns/s0:80", "b.example.com": "301"},
			[]string{`Ingress ns/web spec.tls[0].secretName: Secret "ns/bad" data[tls.key]: contains no private key in PEM that belongs to the certificate`},
		},
		"an entry whose hosts are all bad covers nothing": {
			"", `[{hosts: ["*", A.example.com], secretName: good}]`, []string{"a.example.com"},
			map[string]string{"a.example.com": "none"}, map[string]string{"a.example.com": "ns/s0:80"},
			[]string{
				`Ingress ns/web spec.tls[0].hosts[0]: host "*" is not valid: label "*" is not a DNS label in lower case`,
				`Ingress ns/web spec.tls[0].hosts[1]: host "A.example.com" has upper case letters; allowed: lower case`,
			},
		},
		"the only certificate is bad": {
			redirected, "[{secretName: bad}]", []string{"a.example.com"},
			map[string]string{"a.example.com": "none"}, map[string]string{"a.example.com": "ns/s0:80"},
			[]string{`Ingress ns/web spec.tls[0].secretName: Secret "ns/bad" data[tls.key]: contains no private key in PEM that belongs to the certificate`},
		},
		"a load balancer with nothing to serve retains port 80": {
			"headgate.io/http: \"off\"", "[{secretName: bad}]", []string{"a.example.com"},
			map[string]string{"a.example.com": "none"}, map[string]string{"a.example.com": "404"},
			[]string{`Ingress ns/web spec.tls[0].secretName: Secret "ns/bad" data[tls.key]: contains no private key in PEM that belongs to the certificate`},
		},
		"references serve entries without a Secret": {
			"headgate.io/certificates: ref", "[{hosts: [a.example.com]}]", []string{"a.example.com", "b.example.com"},
			map[string]string{"a.example.com": "ns/s0:80", "b.example.com": "404"},
			map[string]string{"a.example.com": "ns/s0:80", "b.example.com": "ns/s1:80"}, nil,
		},
		"references alone serve all hosts": {
			"headgate.io/certificates: ref", "[]", []string{"a.example.com"},
			map[string]string{"a.example.com": "ns/s0:80"}, map[string]string{"a.example.com": "ns/s0:80"}, nil,
		},
		"a reference is not mistaken for a Secret": {
			"headgate.io/certificates: ns/good", "[{secretName: good}, {hosts: [b.example.com]}]", []string{"a.example.com"},
			map[string]string{"a.example.com": "ns/s0:80"}, nil,
			[]string{`Ingress ns/web metadata.annotations[headgate.io/certificates]: the certificate name "ns/good" is already used by Secret ns/good, which takes precedence`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := decode(t, tlsIngress(c.annotations, c.tls, c.hosts...))
			o.Secrets = append(o.Secrets, good, bad)
			r := kube.Build(o, kube.Options{})
			s := seal(t, r)
			for host, want := range c.https {
				if got := outcome(model.Decide(s, model.Request{Scheme: "https", Port: 443, Host: host, Path: "/x"})); got != want {
					t.Errorf("https://%s/x: got %s, want %s", host, got, want)
				}
			}
			for host, want := range c.http {
				if got := outcome(model.Decide(s, model.Request{Scheme: "http", Port: 80, Host: host, Path: "/x"})); got != want {
					t.Errorf("http://%s/x: got %s, want %s", host, got, want)
				}
			}
			var got []string
			for _, p := range r.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(c.problems, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func outcome(d model.Decision) string {
	switch {
	case d.Fixed != nil:
		return strconv.Itoa(d.Fixed.Status)
	case d.Redirect != nil:
		return strconv.Itoa(d.Redirect.Status)
	case len(d.Groups) > 0:
		return string(d.Groups[0].Group)
	default:
		return string(d.Action)
	}
}

func TestInvalidSecretsAreReportedWithoutTheirBytes(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	_, otherKey := pair(t, "a.example.com")
	for name, c := range map[string]struct {
		cert, key []byte
		kind      corev1.SecretType
		want      string
	}{
		"no certificate":     {nil, key, corev1.SecretTypeTLS, "data[tls.crt]: is missing or empty"},
		"no key":             {cert, nil, corev1.SecretTypeTLS, "data[tls.key]: is missing or empty"},
		"no PEM":             {[]byte("hush"), key, corev1.SecretTypeTLS, "data[tls.crt]: contains no certificate in PEM"},
		"key as certificate": {key, key, corev1.SecretTypeTLS, "data[tls.crt]: contains no certificate in PEM"},
		"broken certificate": {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("hush")}), key, corev1.SecretTypeTLS, "data[tls.crt]: contains no certificate in PEM"},
		"key of another":     {cert, otherKey, corev1.SecretTypeTLS, "data[tls.key]: contains no private key in PEM that belongs to the certificate"},
		"too large":          {append([]byte(strings.Repeat("\n", 1<<20)), cert...), key, corev1.SecretTypeTLS, "data: is larger than a Secret can be"},
		"another type":       {cert, key, corev1.SecretTypeBootstrapToken, `type: is "bootstrap.kubernetes.io/token"; allowed: kubernetes.io/tls`},
	} {
		t.Run(name, func(t *testing.T) {
			o := decode(t, tlsIngress("", "[{secretName: s}]", "a.example.com"))
			s := secretOf("s", c.cert, c.key)
			s.Type = c.kind
			o.Secrets = append(o.Secrets, s)
			r := kube.Build(o, kube.Options{})
			want := `Ingress ns/web spec.tls[0].secretName: Secret "ns/s" ` + c.want
			if len(r.Problems) != 1 || r.Problems[0].String() != want {
				t.Fatalf("got %v\nwant %s", r.Problems, want)
			}
			if len(r.LoadBalancers[0].Listeners) != 1 {
				t.Error("HTTPS is served without a certificate")
			}
		})
	}
}

func TestKeysPrintAsRedacted(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	o := decode(t, tlsIngress("", "[{secretName: s}]", "a.example.com"))
	o.Secrets = append(o.Secrets, secretOf("s", cert, key))
	r := kube.Build(o, kube.Options{})
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	c := r.LoadBalancers[0].Listeners[1].TLS.Certificates[0]
	if string(c.Key.Reveal()) != string(key) {
		t.Error("the certificate has another key")
	}
	if text := string(raw) + fmt.Sprintf("%+v %#v", r, c); strings.Contains(text, "PRIVATE KEY") || strings.Contains(string(raw), "UFJJVkFURSBLRVk") {
		t.Error("the key is printed")
	}
}

func TestDefaultBackendsFollowTheRedirect(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	for name, c := range map[string]struct {
		annotations, tls string
		https, http      map[string]string
	}{
		"no redirect": {
			"", "[{hosts: [a.example.com], secretName: one}]",
			map[string]string{"a.example.com": "ns/s3:80"}, map[string]string{"a.example.com": "ns/s3:80", "c.example.com": "ns/s3:80"},
		},
		"all hosts": {
			redirected, "[{secretName: one}]",
			map[string]string{"a.example.com": "ns/s3:80"}, map[string]string{"a.example.com": "301", "c.example.com": "301"},
		},
		"some hosts": {
			redirected, "[{hosts: [a.example.com], secretName: one}]",
			map[string]string{"a.example.com": "ns/s3:80"}, map[string]string{"a.example.com": "301", "c.example.com": "ns/s3:80"},
		},
		"no certificate": {
			redirected, "[{secretName: nowhere}]",
			map[string]string{"a.example.com": "none"}, map[string]string{"a.example.com": "ns/s3:80"},
		},
		"port 80 off": {
			`headgate.io/http: "off"`, "[{secretName: one}]",
			map[string]string{"a.example.com": "ns/s3:80"}, map[string]string{"a.example.com": "none"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := decode(t, tlsIngress(c.annotations, c.tls, "b.example.com")+"  defaultBackend: {service: {name: s3, port: {number: 80}}}\n")
			o.Secrets = append(o.Secrets, secretOf("one", cert, key))
			s := seal(t, kube.Build(o, kube.Options{}))
			for host, want := range c.https {
				if got := outcome(model.Decide(s, model.Request{Scheme: "https", Port: 443, Host: host, Path: "/x"})); got != want {
					t.Errorf("https://%s/x: got %s, want %s", host, got, want)
				}
			}
			for host, want := range c.http {
				if got := outcome(model.Decide(s, model.Request{Host: host, Path: "/x"})); got != want {
					t.Errorf("http://%s/x: got %s, want %s", host, got, want)
				}
			}
		})
	}
}
