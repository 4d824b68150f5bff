package azuretest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/headgate-io/headgate/provider/azure/azuretest"
)

// Any client can use the embedded cloud, because it has the real wire protocol, including errors.
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
	var body struct {
		Error struct{ Code, Message string }
	}
	if err := json.NewDecoder(reply.Body).Decode(&body); err != nil {
		fmt.Println(err)
		return
	}
	message, _, _ := strings.Cut(body.Error.Message, "under")
	fmt.Println(reply.StatusCode, reply.Header.Get("x-ms-failure-cause"), body.Error.Code)
	fmt.Println(message)
	// Output:
	// 404 gateway ResourceNotFound
	// The Resource 'Microsoft.Network/applicationGateways/shop'
}
