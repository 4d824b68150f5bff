package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/googleapi"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

func TestErrorCodes(t *testing.T) {
	for _, c := range []struct {
		reason string
		status int
		want   provider.Code
	}{
		{"rateLimitExceeded", 403, provider.Throttled},
		{"rateLimitExceeded", 429, provider.Throttled},
		{"", 429, provider.Throttled},
		{"quotaExceeded", 403, provider.Quota},
		{"limitExceeded", 400, provider.Quota},
		{"QUOTA_EXCEEDED", 403, provider.Quota},
		{"forbidden", 403, provider.Denied},
		{"authError", 401, provider.Denied},
		{"notFound", 404, provider.NotFound},
		{"alreadyExists", 409, provider.Conflict},
		{"conditionNotMet", 412, provider.Conflict},
		{"resourceNotReady", 400, provider.InProgress},
		{"resourceInUseByAnotherResource", 400, provider.InProgress},
		{"invalid", 400, provider.Invalid},
		{"required", 400, provider.Invalid},
		{"uploadTooLarge", 413, provider.Invalid},
		{"backendError", 503, provider.Unavailable},
		{"internalError", 500, provider.Unavailable},
		{"", 418, provider.Unknown},
	} {
		sdk := &googleapi.Error{Code: c.status, Message: "m", Header: http.Header{"Retry-After": {"7"}}, Errors: []googleapi.ErrorItem{{Reason: c.reason}}}
		err := callError(fmt.Errorf("wrapped: %w", sdk))
		if got := provider.CodeOf(err); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.status, c.reason, got, c.want)
		}
		if got := provider.RetryAfterOf(err); got != 7*time.Second {
			t.Errorf("%d %s: retry after %v, want 7s", c.status, c.reason, got)
		}
	}
	if got := provider.CodeOf(callError(errors.New("connection refused"))); got != provider.Unavailable {
		t.Errorf("no reply: %s, want Unavailable", got)
	}
	if got := provider.CodeOf(callError(context.Canceled)); got != provider.Unavailable {
		t.Errorf("ended context: %s, want Unavailable", got)
	}
	if callError(nil) != nil {
		t.Error("callError returned an error for nil")
	}
}

// TestOperationsArePolledWithoutAWaitMethod checks that an operation is polled on a server that
// lacks operations.wait.
func TestOperationsArePolledWithoutAWaitMethod(t *testing.T) {
	polls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodDelete:
			_, _ = w.Write([]byte(`{"name":"op","status":"PENDING"}`))
		case strings.HasSuffix(r.URL.Path, "/wait"):
			http.Error(w, "no such method", http.StatusNotFound)
		default:
			polls++
			_, _ = fmt.Fprintf(w, `{"name":"op","status":%q,"error":{"errors":[{"code":"QUOTA_EXCEEDED","message":"too many"}]},"httpErrorStatusCode":403}`,
				map[bool]string{true: "DONE", false: "RUNNING"}[polls == 3])
		}
	}))
	defer server.Close()
	c, err := NewClient(t.Context(), ClientOptions{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	c = c.within(Options{Project: "p", Clock: clock.Scaled(1000)})
	err = c.kind(KindURLMap).delete(t.Context(), provider.Key{Kind: KindURLMap, Name: "x"})
	if polls != 3 || !provider.IsCode(err, provider.Quota) {
		t.Errorf("%d polls, error %v, want 3 polls and the error of the operation", polls, err)
	}
}
