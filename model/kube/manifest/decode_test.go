package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: a.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
`

const service = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  ports: [{port: 80}]
`

func TestDecodeReadsEveryDocumentOfAFile(t *testing.T) {
	var o kube.Objects
	text := "# a shop\n---\n" + ingress + "--- # next\n" + service + "...\n---\n\n# nothing\n---\n" +
		`{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}{"apiVersion":"v1","kind":"Node","metadata":{"name":"n2"}}`
	left, err := Decode("shop.yaml", []byte(text), &o)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Ingresses) != 1 || len(o.Services) != 1 || len(o.Nodes) != 2 {
		t.Errorf("got %d Ingresses, %d Services, %d Nodes, want 1, 1, 2", len(o.Ingresses), len(o.Services), len(o.Nodes))
	}
	if o.Ingresses[0].Namespace != "default" || o.Services[0].Namespace != "shop" || o.Nodes[0].Namespace != "" {
		t.Errorf("namespaces are %q, %q and %q, want default, shop and none", o.Ingresses[0].Namespace, o.Services[0].Namespace, o.Nodes[0].Namespace)
	}
	if len(left.Foreign)+len(left.Unsupported) != 0 {
		t.Errorf("left out %v", left)
	}
}

func TestDecodeReadsTheItemsOfLists(t *testing.T) {
	var o kube.Objects
	text := `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
- apiVersion: v1
  kind: ServiceList
  items:
  - metadata: {name: a, namespace: shop}
  - metadata: {name: b, namespace: shop}
`
	if _, err := Decode("list.yaml", []byte(text), &o); err != nil {
		t.Fatal(err)
	}
	if len(o.Namespaces) != 1 || len(o.Services) != 2 || o.Services[1].Name != "b" {
		t.Errorf("got %d Namespaces and %d Services, want 1 and 2", len(o.Namespaces), len(o.Services))
	}
}

func TestDecodeReturnsWhatItLeftOut(t *testing.T) {
	var o kube.Objects
	text := `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {anything: true}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g, namespace: ns}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns}}
`
	left, err := Decode("x.yaml", []byte(text), &o)
	if err != nil {
		t.Fatal(err)
	}
	want := Left{
		Foreign:     map[string]int{"apps/v1 Deployment": 1},
		Unsupported: []model.Ref{{Kind: "Gateway", Namespace: "ns", Name: "g"}, {Kind: "ConfigMap", Namespace: "ns", Name: "c"}},
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeMergesStringData(t *testing.T) {
	var o kube.Objects
	text := `{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: b2xk, b: b2xk}, stringData: {a: new}}`
	if _, err := Decode("x.yaml", []byte(text), &o); err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{"a": []byte("new"), "b": []byte("old")}
	if diff := cmp.Diff(want, o.Secrets[0].Data); diff != "" || o.Secrets[0].StringData != nil {
		t.Error(diff)
	}
}

func TestDecodeAllowsTheSameObjectTwice(t *testing.T) {
	var o kube.Objects
	for range 2 {
		if _, err := Decode("x.yaml", []byte(service), &o); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.Services) != 1 {
		t.Errorf("got %d Services, want 1", len(o.Services))
	}
}

func TestDecodeErrorsNameFileDocumentAndField(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown field": {
			service + "---\n" + strings.Replace(ingress, "host:", "hosst:", 1),
			`f.yaml: document 2 (line 7): Ingress web: spec.rules[0].hosst: unknown field`,
		},
		"unknown field of another case": {
			strings.Replace(ingress, "pathType", "pathtype", 1),
			`f.yaml: document 1 (line 1): Ingress web: spec.rules[0].http.paths[0].pathtype: unknown field`,
		},
		"wrong type": {
			strings.Replace(ingress, "host: a.example.com", "host: 5", 1),
			`f.yaml: document 1 (line 1): Ingress web: spec.rules[0].host: is a number, allowed is string`,
		},
		"wrong type of a container": {
			strings.Replace(ingress, "{number: 80}", "[80]", 1),
			`f.yaml: document 1 (line 1): Ingress web: spec.rules[0].http.paths[0].backend.service.port: is a array, allowed is v1.ServiceBackendPort`,
		},
		"wrong type in an array of scalars": {
			"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {tls: [{hosts: [a]}, {hosts: [b, 7]}]}",
			`f.yaml: document 1 (line 1): Ingress web: spec.tls[1].hosts[1]: is a number, allowed is string`,
		},
		"broken YAML": {
			service + "---\n\nkind: [",
			`f.yaml: document 2 (line 8): parse YAML: line 8: did not find expected node content`,
		},
		"two values": {"{kind: a}\n{kind: b}", `f.yaml: document 1 (line 1): parse YAML: line 1: did not find expected ',' or ']'`},
		"repeated field": {
			service + "kind: Service\n",
			`f.yaml: document 1 (line 1): parse YAML: unmarshal errors: line 6: key "kind" already set in map`,
		},
		"broken JSON":      {"\n{\"kind\":", `f.yaml: document 1 (line 2): parse YAML: line 2: did not find expected node content`},
		"no kind":          {"apiVersion: v1", `f.yaml: document 1 (line 1): kind: is missing`},
		"no apiVersion":    {"kind: Service", `f.yaml: document 1 (line 1): apiVersion: is missing`},
		"no name":          {"apiVersion: v1\nkind: Service", `f.yaml: document 1 (line 1): Service : metadata.name: is missing`},
		"bad name":         {"{apiVersion: v1, kind: Node, metadata: {name: \"a b\"}}", `f.yaml: document 1 (line 1): Node a b: metadata.name: is "a b", allowed is a DNS subdomain in lower case`},
		"bad namespace":    {"{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: a.b}}", `f.yaml: document 1 (line 1): Pod a.b/a: metadata.namespace: is "a.b", allowed is a DNS label in lower case`},
		"no object":        {"hello", `f.yaml: document 1 (line 1): is not an object; a manifest has apiVersion, kind and metadata`},
		"name of any type": {"kind: Service\nmetadata: {name: 5}", `f.yaml: document 1 (line 1): metadata.name: is a number, allowed is string`},
		"old version": {
			"apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}",
			`f.yaml: document 1 (line 1): Ingress a: apiVersion: is "extensions/v1beta1", allowed is networking.k8s.io/v1`,
		},
		"item of a list": {
			"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 1}}]",
			`f.yaml: document 1 (line 1): items[0]: Service a: spec.port: unknown field`,
		},
		"two of one name": {
			service + "---\n" + strings.Replace(service, "80", "81", 1),
			`f.yaml: document 2 (line 7): Service shop/web: is defined twice, with different content`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var o kube.Objects
			_, err := Decode("f.yaml", []byte(c.text), &o)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
