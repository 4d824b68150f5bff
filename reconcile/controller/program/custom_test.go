package program_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

// rack is a provider of another module: its settings are the section "rack" of the config file.
type rack struct {
	site    string
	routers []string
	cluster string // of the config file
}

var errStop = errors.New("the test stops here")

func (r *rack) cloud() program.Cloud {
	return program.Cloud{
		Name:   "rack",
		Fields: []config.Field{{Name: "site", Text: &r.site}, {Name: "routers", Texts: &r.routers, Optional: true}},
		Open: func(_ context.Context, c config.Config, _ *http.Client) (provider.Provider, error) {
			r.cluster = c.ClusterID
			return nil, errStop
		},
	}
}

// apiServer is an API server that only has discovery. It returns its URL.
func apiServer(t *testing.T) string {
	t.Helper()
	list := func(group string, kinds ...string) string {
		var all []string
		for _, k := range kinds {
			all = append(all, fmt.Sprintf(`{"name":%q,"kind":%q,"namespaced":true}`, strings.ToLower(k)+"s", k))
		}
		return fmt.Sprintf(`{"kind":"APIResourceList","groupVersion":%q,"resources":[%s]}`, group, strings.Join(all, ","))
	}
	answers := map[string]string{
		"/api":                      `{"kind":"APIVersions","versions":["v1"]}`,
		"/api/v1":                   list("v1", "Pod", "Node", "Secret", "Namespace"),
		"/apis":                     `{"kind":"APIGroupList","groups":[{"name":"discovery.k8s.io","versions":[{"groupVersion":"discovery.k8s.io/v1","version":"v1"}]}]}`,
		"/apis/discovery.k8s.io/v1": list("discovery.k8s.io/v1", "EndpointSlice"),
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// run runs the command of a cloud with a config file, and without a cluster.
func run(t *testing.T, c program.Cloud, text string) error {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	kubeconfig := write("kubeconfig", fmt.Sprintf(
		"{clusters: [{name: x, cluster: {server: %q}}], contexts: [{name: x, context: {cluster: x}}], current-context: x}", apiServer(t)))
	cmd := program.Command(c)
	cmd.SetArgs([]string{"--config", write("config.yaml", text), "--kubeconfig", kubeconfig, "--leader-elect=false", "--metrics-address=0", "--probe-address=0"})
	return cmd.ExecuteContext(t.Context())
}

func TestAProgramReadsTheSectionOfItsOwnProvider(t *testing.T) {
	r := &rack{}
	err := run(t, r.cloud(), "clusterID: demo\nrack: {site: basel, routers: [a, b]}\n")
	if !errors.Is(err, errStop) || !strings.HasSuffix(err.Error(), "config.yaml: rack: the test stops here") {
		t.Fatal(err)
	}
	if r.site != "basel" || !slices.Equal(r.routers, []string{"a", "b"}) || r.cluster != "demo" {
		t.Errorf("settings: %+v", *r)
	}
}

func TestAProgramReportsMistakesInTheSectionOfItsOwnProvider(t *testing.T) {
	for text, want := range map[string]string{
		"clusterID: demo\n":                        "rack is missing",
		"clusterID: demo\nrack: {routers: [a]}\n":  "rack.site is missing",
		"clusterID: demo\nrack: {sites: x}\n":      "line 2: rack.sites is not a known field, allowed are site, routers",
		"clusterID: demo\nrack: {site: [a]}\n":     "line 2: rack.site must be text",
		"clusterID: demo\nshelf: {site: x}\n":      "line 2: shelf is not a known field",
		"rack: {site: x}\n":                        "clusterID is missing",
		"clusterID: demo\nrack: {routers: none}\n": "line 2: rack.routers must be a list",
	} {
		if err := run(t, (&rack{}).cloud(), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A program with a provider of its own declares the settings that the provider reads from the
// config file.
func ExampleMain() {
	var site string
	cloud := program.Cloud{
		Name:   "rack",
		Fields: []config.Field{{Name: "site", Text: &site}},
		Open: func(_ context.Context, c config.Config, _ *http.Client) (provider.Provider, error) {
			// a provider of yours, for the cluster c.ClusterID in the site
			return fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: c.ClusterID})
		},
	}
	// program.Main(cloud) is all that func main does.
	fmt.Println(program.Command(cloud).Use)
	fmt.Println(program.Command(cloud).Flag("controller").DefValue)
	// Output:
	// controller-rack --config FILE
	// headgate.io/rack
}
