package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/headgate-io/headgate/model"
)

type sliceOf = discoveryv1.EndpointSlice

// row is one row of the tables "Examples" and "Hostname wildcards" of the Kubernetes Ingress
// documentation (kubernetes.io/docs/concepts/services-networking/ingress). Service n serves the
// n-th path; "" is no match.
type row struct {
	kinds, paths []string
	requests     []string
	want         string
}

func prefix(paths ...string) row { return row{kinds: repeat("Prefix", len(paths)), paths: paths} }
func exact(path string) row      { return row{kinds: []string{"Exact"}, paths: []string{path}} }

func (r row) asked(want string, requests ...string) row {
	r.want, r.requests = want, requests
	return r
}

func repeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

const none = ""

var pathTable = []row{
	prefix("/").asked("path-0", "/", "/any", "/any/thing/at/all"),
	exact("/foo").asked("path-0", "/foo"),
	exact("/foo").asked(none, "/bar"),
	exact("/foo").asked(none, "/foo/"),
	exact("/foo/").asked(none, "/foo"),
	prefix("/foo").asked("path-0", "/foo", "/foo/"),
	prefix("/foo/").asked("path-0", "/foo", "/foo/"),
	prefix("/aaa/bb").asked(none, "/aaa/bbb"),
	prefix("/aaa/bbb").asked("path-0", "/aaa/bbb"),
	prefix("/aaa/bbb/").asked("path-0", "/aaa/bbb"),
	prefix("/aaa/bbb").asked("path-0", "/aaa/bbb/"),
	prefix("/aaa/bbb").asked("path-0", "/aaa/bbb/ccc"),
	prefix("/aaa/bbb").asked(none, "/aaa/bbbxyz"),
	prefix("/", "/aaa").asked("path-1", "/aaa/ccc"),
	prefix("/", "/aaa", "/aaa/bbb").asked("path-2", "/aaa/bbb"),
	prefix("/", "/aaa", "/aaa/bbb").asked("path-0", "/ccc"),
	prefix("/aaa").asked(none, "/ccc"),
	{kinds: []string{"Prefix", "Exact"}, paths: []string{"/foo", "/foo"}, requests: []string{"/foo"}, want: "path-1"},
}

func TestIngressPathsOnEveryCloud(t *testing.T) {
	var all strings.Builder
	for n := range 3 {
		all.WriteString(service(fmt.Sprintf("path-%d", n), n))
	}
	all.WriteString(ingress("table", rules()))
	eachCloud(t, func(t *testing.T, p *place) {
		address := p.apply(t, all.String())["default/table"]
		p.untilServes(t, address, host(0), "/", "path-0")
		for _, n := range []int{1, 2} {
			p.untilServes(t, address, "ready.example.com", fmt.Sprintf("/ready-%d", n), fmt.Sprintf("path-%d", n))
		}
		for i, r := range pathTable {
			for _, path := range r.requests {
				if got, status := p.ask(t, address, host(i), path); got != r.want {
					t.Errorf("%v %v: %s is answered by %q with %d, want %q", r.kinds, r.paths, path, got, status, r.want)
				} else if r.want == none && status < 400 {
					t.Errorf("%v %v: %s is no match, and answered with %d", r.kinds, r.paths, path, status)
				}
			}
		}
	})
}

func host(i int) string { return fmt.Sprintf("row-%d.example.com", i) }

func rules() string {
	var b strings.Builder
	for i, r := range pathTable {
		fmt.Fprintf(&b, "  - host: %s\n    http:\n      paths:\n", host(i))
		for n := range r.paths {
			b.WriteString(path(r.kinds[n], r.paths[n], fmt.Sprintf("path-%d", n)))
		}
	}
	b.WriteString("  - host: ready.example.com\n    http:\n      paths:\n")
	b.WriteString(path("Prefix", "/ready-1", "path-1") + path("Prefix", "/ready-2", "path-2"))
	return b.String()
}

func path(kind, value, service string) string {
	return fmt.Sprintf("      - {pathType: %s, path: %s, backend: {service: {name: %s, port: {number: 80}}}}\n", kind, value, service)
}

func ingress(name, rules string) string {
	return fmt.Sprintf("---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: %s, namespace: default}\nspec:\n  rules:\n%s", name, rules)
}

// service returns a Service with two pods.
func service(name string, n int) string {
	return fmt.Sprintf(`---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: default}
spec: {ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s, namespace: default, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{port: 8080}]
endpoints:
- {addresses: [10.0.%[2]d.10], zone: us-central1-a, nodeName: node-a, conditions: {ready: true}}
- {addresses: [10.0.%[2]d.11], zone: us-central1-b, nodeName: node-b, conditions: {ready: true}}
`, name, n)
}

// The rows of "Hostname wildcards", with an additional path without a host that receives the names
// that a wildcard does not cover. A cloud that cannot restrict a wildcard to one label refuses it,
// and serves the rest.
func TestIngressHostWildcardsOnEveryCloud(t *testing.T) {
	rules := "  - host: '*.foo.com'\n    http:\n      paths:\n" + path("Prefix", "/", "wild") +
		"  - http:\n      paths:\n" + path("Prefix", "/all", "all")
	manifests := service("wild", 0) + service("all", 1) + ingress("wild", rules)
	eachCloud(t, func(t *testing.T, p *place) {
		addresses, refused := p.applyInPart(t, manifests)
		address := addresses["default/wild"]
		p.untilServes(t, address, "other.com", "/all", "all")
		rows := map[string]string{"bar.foo.com": "wild", "baz.bar.foo.com": "all", "foo.com": "all"}
		if p.cloud.Capabilities().Features[model.FeatureWildcardOneLabel].Level == model.Unsupported {
			if len(refused) != 1 || refused[0].Reason != model.ReasonUnsupported {
				t.Errorf("refused %v, want the wildcard alone", refused)
			}
			rows["bar.foo.com"] = "all"
		} else {
			p.untilServes(t, address, "bar.foo.com", "/all", "wild")
		}
		for host, want := range rows {
			if got, status := p.ask(t, address, host, "/all"); got != want {
				t.Errorf("%s is answered by %q with %d, want %q", host, got, status, want)
			}
		}
	})
}
