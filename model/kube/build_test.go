package kube_test

import (
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

// decode reads manifests that a test wrote.
func decode(t testing.TB, text string) kube.Objects {
	t.Helper()
	var o kube.Objects
	if _, err := manifest.Decode("test", []byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

const shop = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /cart, pathType: Exact, backend: {service: {name: web, port: {name: http}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [10.0.0.2], zone: b, nodeName: n2, targetRef: {kind: Pod, name: web-b}}
- {addresses: [10.0.0.1], zone: a, nodeName: n1, targetRef: {kind: Pod, name: web-a}}
`

func TestBuildMakesOneLoadBalancerOfAnIngress(t *testing.T) {
	r := kube.Build(decode(t, shop), kube.Options{Controller: "headgate.io/test"})
	if len(r.Problems) != 0 || len(r.LoadBalancers) != 1 {
		t.Fatalf("got %d load balancers and problems %v", len(r.LoadBalancers), r.Problems)
	}
	lb := r.LoadBalancers[0]
	if lb.ID != "shop/shop" || len(lb.Listeners) != 1 || len(lb.Listeners[0].Routes) != 2 || len(lb.Groups) != 1 {
		t.Fatalf("got %+v", lb)
	}
	g := lb.Groups[0]
	if g.ID != "shop/web:80" || g.Port != 8080 || len(g.Endpoints) != 2 || g.Endpoints[0].Pod != "shop/web-a" {
		t.Errorf("got group %+v", g)
	}
	if _, err := model.Seal(lb); err != nil {
		t.Error(err)
	}
}
