package library_test

import (
	"context"
	"fmt"

	"github.com/headgate-io/headgate/examples/library"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile"
)

const objects = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: default}
spec:
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [10.0.1.10]}]
`

// The provider here is the one in memory. aws.New, gcp.New and azure.New return those of real
// clouds.
func Example() {
	var o kube.Objects
	if _, err := manifest.Decode("shop.yaml", []byte(objects), &o); err != nil {
		fmt.Println(err)
		return
	}
	cloud := fake.NewCloud(fake.CloudOptions{})
	defer cloud.Close()
	p, err := fake.New(cloud, fake.Options{ClusterID: "demo"})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := reconcile.New(p, reconcile.Options{})
	report, problems, err := library.Serve(context.Background(), engine, "headgate.io/fake", o)
	fmt.Println(len(problems), "problems, error:", err)
	for _, r := range report.Results {
		fmt.Printf("%s: %d ops, %d address\n", r.ID, len(r.Steps), len(r.Addresses))
	}

	// If a path becomes invalid, its last known good route is retained.
	o.Ingresses[0].Spec.Rules[0].HTTP.Paths[0].Path = "nowhere"
	report, problems, err = library.Serve(context.Background(), engine, "headgate.io/fake", o)
	fmt.Println(len(problems), "problem, error:", err)
	for _, r := range report.Results {
		fmt.Printf("%s: %d ops\n", r.ID, len(r.Steps))
	}
	// Output:
	// 0 problems, error: <nil>
	// default/shop: 5 ops, 1 address
	// 1 problem, error: <nil>
	// default/shop: 0 ops
}
