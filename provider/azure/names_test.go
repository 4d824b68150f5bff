package azure

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/internal/naming"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func TestNamesAreValidAndUnique(t *testing.T) {
	p := testProvider(t, "shared")
	seen := map[string]string{}
	for _, lb := range []model.ID{"default/shop", "default/shop2", model.ID(strings.Repeat("n", 63) + "/" + strings.Repeat("x", 253))} {
		for _, host := range []string{"a.example.com", "*.example.com", "*.*.example.com", ""} {
			name := p.name(lb, host, naming.Settings{"host": host})
			if len(name)+len(stagingSuffix) > 80 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || strings.HasSuffix(name, "-") {
				t.Errorf("name %q", name)
			}
			if other, ok := seen[name]; ok {
				t.Errorf("%s and %s %s have one name: %s", other, lb, host, name)
			}
			seen[name] = string(lb) + " " + host
			if loadBalancerHash(name) != hash(string(lb)) {
				t.Errorf("%s has the load balancer hash %s", name, loadBalancerHash(name))
			}
		}
	}
}

func TestNewSettingChangesNoNameUntilItIsUsed(t *testing.T) {
	p := testProvider(t, "shared")
	old := p.name("default/shop", "web", naming.Settings{"port": "80", "protocol": "HTTP"})
	if name := p.name("default/shop", "web", naming.Settings{"port": "80", "protocol": "HTTP", "new": ""}); name != old {
		t.Errorf("an unused setting changes %s to %s", old, name)
	}
	for _, used := range []naming.Settings{{"port": "80", "protocol": "HTTP", "new": "x"}, {"port": "HTTP", "protocol": "80"}, {"port": "80"}} {
		if name := p.name("default/shop", "web", used); name == old {
			t.Errorf("the settings %v have the name of other settings: %s", used, old)
		}
	}
}

// A change of these names would replace the resources of every cluster.
func TestNamesAreStable(t *testing.T) {
	p := testProvider(t, "shared")
	group := &model.Group{ID: "default/web:80", Protocol: model.BackendHTTP, Target: model.TargetPod, Port: 8080}
	for got, want := range map[string]string{
		p.groupName("default/shop", group):                     "hg-czwcxfwko3utfafi-4gi6kvoeozf54evi-default-web-80-5x3eegv67tnwyakd",
		p.certificateName("default/shop", "default/tls", "ab"): "hg-czwcxfwko3utfafi-4gi6kvoeozf54evi-default-tls-7hlxc7zydbqyvw4r",
	} {
		if got != want {
			t.Errorf("name is %s, want %s", got, want)
		}
	}
}

// The record is read as it was written, whatever the IDs are. Other tags stay.
func TestRecordIsReadAsWritten(t *testing.T) {
	p := testProvider(t, "shared")
	rapid.Check(t, func(rt *rapid.T) {
		want := record(rapid.MapOf(rapid.StringMatching(`[a-z2-7]{16}`), rapid.String()).Draw(rt, "record"))
		tags := map[string]any{"owner": "others", p.recordPrefix() + "99": "left over"}
		p.writeRecord(tags, want)
		if tags["owner"] != "others" {
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

func TestReadableHasLettersDigitsAndHyphens(t *testing.T) {
	for in, want := range map[string]string{"default/web:80": "default-web-80", "*.example.com": "example-com", "": "", "über": "ber"} {
		if got := readable(in); got != want {
			t.Errorf("readable(%q) = %q, want %q", in, got, want)
		}
	}
}

// Two groups whose names collide are refused, so that neither gets the requests of the other.
func TestResourcesOfOneNameAreRefused(t *testing.T) {
	s, err := model.Seal(model.LoadBalancer{
		ID: "default/shop", Groups: []model.Group{{ID: "default/a:80", Port: 80}, {ID: "default/b:80", Port: 80}},
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
			{Name: "a", Action: model.ForwardTo("default/a:80")}, {Name: "b", Hosts: host("b.example.com"), Action: model.ForwardTo("default/b:80")},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tr := testProvider(t, "shared").newTranslator(s)
	tr.names["default/b:80"] = tr.names["default/a:80"] // as if their hashes collided
	for i := range s.Groups() {
		tr.group(&s.Groups()[i])
	}
	if !provider.IsCode(tr.err, provider.Invalid) {
		t.Errorf("error is %v", tr.err)
	}
}
