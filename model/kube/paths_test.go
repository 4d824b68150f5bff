package kube_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// TestPathsMatchAsInTheIngressDocumentation is the table of Kubernetes concepts, "Ingress": path
// types, examples.
func TestPathsMatchAsInTheIngressDocumentation(t *testing.T) {
	for _, c := range []struct {
		paths   string // "Type path", separated by commas
		request string
		want    int // which path, from 1; 0 is the default backend
	}{
		{"Prefix /", "/", 1},
		{"Prefix /", "/any/path", 1},
		{"Exact /foo", "/foo", 1},
		{"Exact /foo", "/bar", 0},
		{"Exact /foo", "/foo/", 0},
		{"Exact /foo/", "/foo", 0},
		{"Prefix /foo", "/foo", 1},
		{"Prefix /foo", "/foo/", 1},
		{"Prefix /foo/", "/foo", 1},
		{"Prefix /foo/", "/foo/", 1},
		{"Prefix /aaa/bb", "/aaa/bbb", 0},
		{"Prefix /aaa/bbb", "/aaa/bbb", 1},
		{"Prefix /aaa/bbb/", "/aaa/bbb", 1},
		{"Prefix /aaa/bbb", "/aaa/bbb/", 1},
		{"Prefix /aaa/bbb", "/aaa/bbb/ccc", 1},
		{"Prefix /aaa/bbb", "/aaa/bbbxyz", 0},
		{"Prefix /,Prefix /aaa", "/aaa/ccc", 2},
		{"Prefix /,Prefix /aaa,Prefix /aaa/bbb", "/aaa/bbb", 3},
		{"Prefix /,Prefix /aaa,Prefix /aaa/bbb", "/ccc", 1},
		{"Prefix /aaa", "/ccc", 0},
		{"Prefix /foo,Exact /foo", "/foo", 2},
		// Beyond the table: what is left to the implementation, case, and characters that mean
		// something elsewhere.
		{"ImplementationSpecific /foo", "/foo/bar", 1},
		{"ImplementationSpecific ", "/any", 1},
		{"Prefix /foo", "/FOO", 0},
		{"Prefix /a.c", "/abc", 0},
		{"Prefix /a.c", "/a.c", 1},
		{"Prefix /a*", "/abc", 0},
		{"Prefix /a*", "/a*/x", 1},
		{"Exact /(a)+$", "/(a)+$", 1},
		{"Exact /(a)+$", "/aa", 0},
	} {
		t.Run(c.paths+" "+c.request, func(t *testing.T) {
			d := decide(t, pathIngress("a.example.com", c.paths), model.Request{Host: "a.example.com", Path: c.request})
			if want := "ns/s" + strconv.Itoa(c.want) + ":80"; d.Action != model.ActionForward || string(d.Groups[0].Group) != want {
				t.Errorf("got %s to %v, want %s", d.Action, d.Groups, want)
			}
		})
	}
}

func TestHostsMatchAsInTheIngressDocumentation(t *testing.T) {
	for _, c := range []struct {
		rule, annotation, request string
		want                      bool
	}{
		{"*.foo.com", "one-label", "bar.foo.com", true},
		{"*.foo.com", "one-label", "baz.bar.foo.com", false},
		{"*.foo.com", "one-label", "foo.com", false},
		{"*.foo.com", "any-depth", "baz.bar.foo.com", true},
		{"*.foo.com", "any-depth", "foo.com", false},
		{"foo.com", "one-label", "foo.com:8080", true},
		{"foo.com", "one-label", "bar.com", false},
		{"", "one-label", "anything.example.com", true},
	} {
		t.Run(c.rule+" "+c.annotation+" "+c.request, func(t *testing.T) {
			text := strings.Replace(pathIngress(c.rule, "Prefix /"), "annotations: {}", "annotations: {headgate.io/wildcard-hosts: "+c.annotation+"}", 1)
			d := decide(t, text, model.Request{Host: c.request, Path: "/x"})
			if got := string(d.Groups[0].Group) == "ns/s1:80"; got != c.want {
				t.Errorf("the rule got the request: %t, want %t", got, c.want)
			}
		})
	}
}

func TestARuleWithoutPathsSendsItsHostToTheDefaultBackend(t *testing.T) {
	text := pathIngress("a.example.com", "Prefix /x") + "  - {host: bare.example.com}\n  - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s2, port: {number: 80}}}}]}\n"
	if d := decide(t, text, model.Request{Host: "bare.example.com", Path: "/any"}); string(d.Groups[0].Group) != "ns/s0:80" {
		t.Errorf("the host without paths goes to %v, want the default backend", d.Groups)
	}
	if d := decide(t, text, model.Request{Host: "other.example.com", Path: "/any"}); string(d.Groups[0].Group) != "ns/s2:80" {
		t.Errorf("other hosts go to %v, want the rule without a host", d.Groups)
	}
}

const services = `
{apiVersion: v1, kind: Service, metadata: {name: s0, namespace: ns}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s1, namespace: ns}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s2, namespace: ns}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: s3, namespace: ns}, spec: {ports: [{port: 80}]}}
`

// pathIngress sends each path to a Service of its own, s1 and on, and the rest to s0.
func pathIngress(host, paths string) string {
	text := services + `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: ns, annotations: {}}
spec:
  defaultBackend: {service: {name: s0, port: {number: 80}}}
  rules:
  - host: "` + host + `"
    http:
      paths:
`
	for i, p := range strings.Split(paths, ",") {
		kind, path, _ := strings.Cut(p, " ")
		text += `      - {path: "` + path + `", pathType: ` + kind + `, backend: {service: {name: s` + strconv.Itoa(i+1) + ", port: {number: 80}}}}\n"
	}
	return text
}

// decide builds and seals the one load balancer of a manifest and asks it.
func decide(t *testing.T, text string, r model.Request) model.Decision {
	t.Helper()
	return model.Decide(seal(t, kube.Build(decode(t, text), kube.Options{})), r)
}

func seal(t *testing.T, r kube.Result) model.Sealed {
	t.Helper()
	if len(r.LoadBalancers) != 1 {
		t.Fatalf("got %d load balancers, want 1", len(r.LoadBalancers))
	}
	s, err := model.Seal(r.LoadBalancers[0])
	if err != nil {
		t.Fatal(err)
	}
	return s
}
