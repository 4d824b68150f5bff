package azure_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/azure"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

// unauthenticated is a credential without a token.
type unauthenticated struct{}

func (unauthenticated) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, finalError{errors.New("no token")}
}

type finalError struct{ error }

func (finalError) NonRetriable() {}

func observe(t *testing.T, o azure.ClientOptions) error {
	t.Helper()
	o.SubscriptionID = subscription
	client, err := azure.NewClient(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := azure.New(client, azure.Options{ClusterID: "test", SubscriptionID: subscription, ResourceGroup: group, Gateway: shared, Clock: clock.System()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Observe(t.Context(), provider.Scope{})
	return err
}

func TestReadErrorsHaveCodes(t *testing.T) {
	s := azuretest.NewServer(azuretest.Options{})
	t.Cleanup(s.Close)
	if code := provider.CodeOf(observe(t, azure.ClientOptions{Endpoint: s.URL()})); code != provider.NotFound {
		t.Errorf("a shared gateway that never existed is %s", code)
	}
	seedShared(t, s)
	// The reply differs from that for a gateway that never existed.
	send(t, s, http.MethodDelete, nil, http.StatusAccepted)
	if code := provider.CodeOf(observe(t, azure.ClientOptions{Endpoint: s.URL()})); code != provider.NotFound {
		t.Errorf("a deleted shared gateway is %s", code)
	}
	if code := provider.CodeOf(observe(t, azure.ClientOptions{Endpoint: s.URL(), Credential: unauthenticated{}})); code != provider.Denied {
		t.Errorf("a credential without a token is %s", code)
	}
	s.RefuseCredentials(true)
	if code := provider.CodeOf(observe(t, azure.ClientOptions{Endpoint: s.URL()})); code != provider.Denied {
		t.Errorf("an expired token is %s", code)
	}
	if code := provider.CodeOf(observe(t, azure.ClientOptions{Endpoint: "http://127.0.0.1:1"})); code != provider.Unavailable {
		t.Errorf("an endpoint without a listener is %s", code)
	}
}

// Another service may listen at the endpoint.
func TestRepliesWithoutAGatewayAreErrors(t *testing.T) {
	for _, body := range []string{"", "null", "[]", "<html>", "42"} {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		if err := observe(t, azure.ClientOptions{Endpoint: other.URL}); err == nil {
			t.Errorf("%q is read as a gateway", body)
		}
		other.Close()
	}
}

// The SDK must not send a document twice, because it may be stale by then.
func TestWritesAreNotRetried(t *testing.T) {
	w := newWorld(t)
	p := newProvider(t, w.s, shared, w.clk)
	batch := creates(t, p, shop(nil))
	w.s.Wire().Reset()
	w.s.Wire().Inject(cloudtest.Fault{Writes: true, Kind: cloudtest.FailBefore})
	outcomes := p.Do(t.Context(), batch)
	if o := outcomes[0]; o.State != provider.Failed || provider.CodeOf(o.Err) != provider.Unavailable {
		t.Errorf("%s: %v", o.State, o.Err)
	}
	if n := len(w.s.Wire().Writes()); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
}
