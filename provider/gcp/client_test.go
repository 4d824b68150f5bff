package gcp

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

func TestEndpointWithoutAPathGetsThePathOfTheAPI(t *testing.T) {
	for given, want := range map[string]string{
		"http://127.0.0.1:5001":                   "http://127.0.0.1:5001/compute/v1/",
		"http://127.0.0.1:5001/":                  "http://127.0.0.1:5001/compute/v1/",
		"https://compute.example.com/compute/v1/": "https://compute.example.com/compute/v1/",
		"http://127.0.0.1:5001/compute/beta/":     "http://127.0.0.1:5001/compute/beta/",
	} {
		if got := basePath(given); got != want {
			t.Errorf("%s becomes %s, want %s", given, got, want)
		}
	}
}

// TestClientUsesTheDefaultCredentials checks that a client for Google's own endpoint needs the
// application default credentials, with and without a given HTTP client.
func TestClientUsesTheDefaultCredentials(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials.json")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	for _, given := range []*http.Client{nil, {}} {
		if _, err := NewClient(t.Context(), ClientOptions{HTTPClient: given}); !provider.IsCode(err, provider.Denied) {
			t.Errorf("without credentials: %v, want Denied", err)
		}
	}
	user := `{"type":"authorized_user","client_id":"id","client_secret":"secret","refresh_token":"token"}`
	if err := os.WriteFile(file, []byte(user), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, given := range []*http.Client{nil, {}} {
		if _, err := NewClient(t.Context(), ClientOptions{HTTPClient: given}); err != nil {
			t.Errorf("with credentials: %v", err)
		}
	}
}
