package gcptest_test

import (
	"context"
	"fmt"

	compute "google.golang.org/api/compute/v1"
	"google.golang.org/api/option"

	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// Google's client uses the embedded cloud, which stores resources and records every call.
func Example() {
	cloud := gcptest.NewServer(gcptest.Options{})
	defer cloud.Close()
	ctx := context.Background()
	client, err := compute.NewService(ctx, option.WithEndpoint(cloud.URL()), option.WithoutAuthentication())
	if err != nil {
		fmt.Println(err)
		return
	}
	check := &compute.HealthCheck{Name: "shop", Type: "HTTP", HttpHealthCheck: &compute.HTTPHealthCheck{Port: 8080}}
	op, err := client.HealthChecks.Insert("demo", check).Context(ctx).Do()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(op.OperationType, op.Status)
	made, err := client.HealthChecks.Get("demo", "shop").Context(ctx).Do()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made.Name, made.HttpHealthCheck.RequestPath)
	// Output:
	// insert RUNNING
	// shop /
}
