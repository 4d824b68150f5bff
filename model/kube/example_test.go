package kube_test

import (
	"fmt"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

// An Ingress becomes a load balancer, and what is wrong with it becomes problems.
func ExampleBuild() {
	const text = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /cart, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}
`
	var objects kube.Objects
	if _, err := manifest.Decode("shop.yaml", []byte(text), &objects); err != nil {
		fmt.Println(err)
		return
	}
	built := kube.Build(objects, kube.Options{Controller: "headgate.io/aws"})
	for _, p := range built.Problems {
		fmt.Println(p.Origin)
		fmt.Println("  " + p.Message)
	}
	for _, lb := range built.LoadBalancers {
		sealed, err := model.Seal(lb)
		if err != nil {
			fmt.Println(err)
			return
		}
		d := model.Decide(sealed, model.Request{Host: "shop.example.com", Path: "/about"})
		fmt.Println(lb.ID, d.Action, d.Groups[0].Group)
	}
	// Output:
	// Ingress shop/shop spec.rules[0].http.paths[1].backend.service.name
	//   Service "shop/cart" does not exist
	// shop/shop forward shop/web:80
}
