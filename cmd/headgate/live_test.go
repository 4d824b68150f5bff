package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model/kube"
)

// cluster answers lists as a kube-apiserver does. Lists of other kinds are empty.
func cluster(t *testing.T, o kube.Objects) *httptest.Server {
	t.Helper()
	lists := map[string]any{
		"/apis/networking.k8s.io/v1/ingresses":      map[string]any{"items": o.Ingresses},
		"/apis/networking.k8s.io/v1/ingressclasses": map[string]any{"items": o.IngressClasses},
		"/api/v1/services":                          map[string]any{"items": o.Services},
		"/apis/discovery.k8s.io/v1/endpointslices":  map[string]any{"items": o.EndpointSlices},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list, ok := lists[r.URL.Path]
		if !ok {
			list = map[string]any{}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(list); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func kubeconfig(t *testing.T, url string) string {
	t.Helper()
	return file(t, "kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
users: [{name: u, user: {}}]
`, url))
}

func TestALiveClusterIsRead(t *testing.T) {
	var o kube.Objects
	for _, name := range []string{"testdata/shop.yaml", "testdata/classes.yaml"} {
		var g loaded
		if err := g.read(name, nil); err != nil {
			t.Fatal(err)
		}
		o.Ingresses = append(o.Ingresses, g.objects.Ingresses...)
		o.IngressClasses = append(o.IngressClasses, g.objects.IngressClasses...)
		o.Services = append(o.Services, g.objects.Services...)
	}
	got := headgate(t, "", "check", "--kubeconfig", kubeconfig(t, cluster(t, o).URL), "--controller", "headgate.io/aws")
	// In a live cluster, an Ingress without a class belongs to no controller of Headgate, and
	// neither does one of another class.
	if got.status != 0 || !strings.HasPrefix(got.stdout, "default/ours: ") || strings.Count(got.stdout, "\n") != 1 ||
		!strings.Contains(got.stderr, "headgate: ignored 2 objects of other controllers\n") {
		t.Errorf("%+v", got)
	}
}

func TestAnUnreachableClusterIsReportedInOneLine(t *testing.T) {
	path := kubeconfig(t, deadEnd(t))
	got := headgate(t, "", "check", "--kubeconfig", path)
	if got.status != 1 || !strings.HasPrefix(got.stderr, "headgate: kubeconfig "+path+": list ingresses: ") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("%+v", got)
	}
}
