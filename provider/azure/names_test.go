package azure

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
)

func testProvider(t testing.TB, gateway string) *Provider {
	t.Helper()
	client, err := NewClient(t.Context(), ClientOptions{SubscriptionID: "0000", Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(client, Options{ClusterID: "demo", SubscriptionID: "0000", ResourceGroup: "rg", Location: "westeurope", SubnetID: "/subnet", Gateway: gateway})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOptionsNameWhatIsMissing(t *testing.T) {
	_, err := New(nil, Options{ClusterID: "demo", Gateway: "shared"})
	if err == nil || !strings.Contains(err.Error(), "SubscriptionID, ResourceGroup missing") {
		t.Errorf("error is %v", err)
	}
	_, err = New(nil, Options{ClusterID: "demo", SubscriptionID: "0000", ResourceGroup: "rg"})
	if err == nil || !strings.Contains(err.Error(), "Location, SubnetID missing") {
		t.Errorf("error is %v", err)
	}
}

func TestNamesFitAndDiffer(t *testing.T) {
	p := testProvider(t, "shared")
	seen := map[string]string{}
	for _, lb := range []model.ID{"default/shop", "default/shop2", model.ID(strings.Repeat("n", 63) + "/" + strings.Repeat("x", 253))} {
		for _, host := range []string{"a.example.com", "*.example.com", "*.*.example.com", ""} {
			name := p.partName(lb, host, "public", "80", host)
			if len(name)+len(warmSuffix) > 80 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || strings.HasSuffix(name, "-") {
				t.Errorf("name %q", name)
			}
			if other, ok := seen[name]; ok {
				t.Errorf("%s is the name of %s too", name, other)
			}
			seen[name] = string(lb) + " " + host
			if balancerHash(name) != hash(string(lb)) {
				t.Errorf("%s says load balancer %s", name, balancerHash(name))
			}
		}
	}
}

// What was written into tags is read from them, whatever the names are, and other tags stay.
func TestRecordSurvivesTheTags(t *testing.T) {
	p := testProvider(t, "shared")
	rapid.Check(t, func(rt *rapid.T) {
		want := record(rapid.MapOf(rapid.StringMatching(`[0-9a-f]{10}`), rapid.String()).Draw(rt, "record"))
		tags := map[string]any{"owner": "somebody", p.recordPrefix() + "99": "left over"}
		p.writeRecord(tags, want)
		if tags["owner"] != "somebody" {
			rt.Error("a foreign tag is changed")
		}
		for k, v := range tags {
			if len(v.(string)) > 256 {
				rt.Errorf("tag %s has %d characters", k, len(v.(string)))
			}
		}
		if diff := cmp.Diff(want, p.readRecord(tags)); diff != "" {
			rt.Error(diff)
		}
	})
}

func TestReadableIsPlain(t *testing.T) {
	for in, want := range map[string]string{"default/web:80": "default-web-80", "*.example.com": "example-com", "": "", "über": "ber"} {
		if got := readable(in); got != want {
			t.Errorf("readable(%q) = %q, want %q", in, got, want)
		}
	}
}
