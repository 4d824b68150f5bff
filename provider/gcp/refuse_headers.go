package gcp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// checkHeaders checks header changes. A value in braces is a variable of the load balancer (page
// "Create custom headers in URL maps").
func checkHeaders(c *model.HeaderChange) error {
	if c == nil {
		return nil
	}
	for _, list := range [][]model.Header{c.Set, c.Add} {
		for _, h := range list {
			if reserved(h.Name) {
				return fmt.Errorf("header %s cannot be changed", h.Name)
			}
			if strings.ContainsAny(h.Value, "{}") {
				return fmt.Errorf("header %s: want a value without braces, which would be read as a variable", h.Name)
			}
		}
	}
	for _, name := range c.Remove {
		if reserved(name) {
			return fmt.Errorf("header %s cannot be removed", name)
		}
	}
	return nil
}

// reserved reports whether the API rejects changes of a header: the host, hop-by-hop headers, and
// Google's own (page "Create custom headers in URL maps").
func reserved(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "host", "authority", "x-user-ip", "cdn-loop", "content-length",
		"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection", "trailer":
		return true
	}
	return slices.ContainsFunc([]string{"x-google", "x-goog-", "x-gfe", "x-amz-"}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
