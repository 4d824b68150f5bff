package cloudtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// A fault makes the next write fail, and every call is recorded.
func ExampleWire() {
	w := cloudtest.New(cloudtest.Options{})
	server := httptest.NewServer(w.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })))
	defer server.Close()

	w.Inject(cloudtest.Fault{Kind: cloudtest.Throttle, Writes: true, Times: 1})
	for range 2 {
		reply, err := http.Post(server.URL, "text/plain", http.NoBody)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(reply.StatusCode)
		_ = reply.Body.Close()
	}
	for _, c := range w.Calls() {
		fmt.Println(c.API, c.Status)
	}
	// Output:
	// 429
	// 204
	// POST 429
	// POST 204
}
