package azuretest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

// The embedded cloud speaks the wire protocol, errors and all, whatever the client.
func Example() {
	server := azuretest.NewServer(azuretest.Options{})
	defer server.Close()
	url := server.URL() + "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/shop?api-version=2025-05-01"
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer any")
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = reply.Body.Close() }()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(reply.StatusCode, reply.Header.Get("x-ms-failure-cause"))
	fmt.Println(string(body))
	// Output:
	// 404 gateway
	// {"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.Network/applicationGateways/shop' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"}}
}
