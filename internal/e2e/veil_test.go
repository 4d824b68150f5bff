package e2e_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/headgate-io/headgate/internal/e2e/cluster"
)

// nothing is a label selector that matches no object.
const nothing = "headgate.io/nothing=nothing"

// veil is a proxy before the API server that can hide resources from a client. It narrows lists and
// watches to a selector that matches nothing, so that the API server itself answers that there are
// no objects. A client sees the same when its cache turns empty for any reason.
type veil struct {
	http *httptest.Server

	mu     sync.Mutex
	hidden map[string]bool
	// watches that continue from a state that is no longer shown, until the client lists again
	stale map[string]bool
}

// veiled returns a veil before a cluster and a kubeconfig that leads through it, for a user who may
// do everything.
func veiled(t *testing.T, c *cluster.Cluster, user string) (*veil, string) {
	t.Helper()
	config, err := c.User(user, "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	v := &veil{hidden: map[string]bool{}, stale: map[string]bool{}}
	v.http = httptest.NewServer(v.before(&httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}))
	t.Cleanup(v.http.Close)
	t.Cleanup(v.http.CloseClientConnections) // Before Close, which waits for watches.
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := cluster.WriteKubeconfig(file, &rest.Config{Host: v.http.URL}); err != nil {
		t.Fatal(err)
	}
	return v, file
}

// before forwards a request, narrowed if its resource is hidden.
func (v *veil) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resource, isCollection := resourceOf(r.URL.Path)
		if r.Method != http.MethodGet || !isCollection {
			next.ServeHTTP(w, r)
			return
		}
		query := r.URL.Query()
		begins := query.Get("watch") == "" || query.Get("sendInitialEvents") == "true"
		hidden, expired := v.look(resource, begins)
		if expired {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusGone)
			_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}`)
			return
		}
		if hidden {
			query.Set("labelSelector", nothing)
			r.URL.RawQuery = query.Encode()
		}
		next.ServeHTTP(w, r)
	})
}

// look returns how to answer a list or a watch. A request for the current state ends what is stale.
func (v *veil) look(resource string, begins bool) (hidden, expired bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if begins {
		delete(v.stale, resource)
	}
	return v.hidden[resource], v.stale[resource]
}

// hide hides these resources, and no others. Clients notice at once: their connections break, and
// their watches start again.
func (v *veil) hide(resources ...string) {
	v.mu.Lock()
	before := v.hidden
	v.hidden = map[string]bool{}
	for _, r := range resources {
		v.hidden[r] = true
	}
	for _, all := range []map[string]bool{before, v.hidden} {
		for r := range maps.Keys(all) {
			if before[r] != v.hidden[r] {
				v.stale[r] = true
			}
		}
	}
	v.mu.Unlock()
	v.http.CloseClientConnections()
}

// known returns nil when the clients have listed again everything that was hidden or shown.
func (v *veil) known() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.stale) > 0 {
		return fmt.Errorf("still believed: %v", v.stale)
	}
	return nil
}

// resourceOf returns the resource of an API path: /api/v1/services,
// /apis/GROUP/VERSION/namespaces/NAME/ingresses/…
func resourceOf(path string) (resource string, isCollection bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		parts = parts[3:]
	default:
		return "", false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	return parts[0], len(parts) == 1
}
