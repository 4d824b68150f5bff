package aws

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
)

func TestNamesFitLoadBalancersAndTargetGroups(t *testing.T) {
	p := offline(t)
	rapid.Check(t, func(t *rapid.T) {
		readable := rapid.String().Draw(t, "readable")
		name := p.name(readable, []string{readable})
		ok := strings.IndexFunc(name, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') }) < 0
		if len(name) > 32 || !ok || strings.HasSuffix(name, "-") || strings.Contains(name, "--") || !strings.HasPrefix(name, p.prefix) {
			t.Fatalf("%q has the name %q", readable, name)
		}
		if other := p.name(readable, []string{readable + "x"}); other == name {
			t.Fatalf("two identities have the name %q", name)
		}
	})
}

// A setting that a later version adds must not replace existing resources that do not use it.
func TestNewSettingsChangeNoExistingName(t *testing.T) {
	p := offline(t)
	identity := []string{"default/shop"}
	https := setting{"protocol", "HTTPS", "HTTP"}
	old := map[string][]setting{"no setting": nil, "one setting": {https}}
	added := setting{"target type", "ip", "ip"}
	for name, settings := range old {
		before := p.name("shop", identity, settings...)
		if after := p.name("shop", identity, append(settings, added)...); after != before {
			t.Errorf("%s: the name changes from %s to %s with a new setting that is not used", name, before, after)
		}
		added := setting{"target type", "instance", "ip"}
		if after := p.name("shop", identity, append(settings, added)...); after == before {
			t.Errorf("%s: the name %s does not cover a new setting", name, before)
		}
	}
	if p.name("shop", identity, https) == p.name("shop", identity, setting{"version", "HTTPS", ""}) {
		t.Error("two settings with the same value have the same name")
	}
}

// A change of these names replaces the load balancers and target groups of all users.
func TestNamesAreStable(t *testing.T) {
	p := offline(t)
	lb := &model.LoadBalancer{ID: "default/shop", Scheme: model.InternetFacing}
	internal := &model.LoadBalancer{ID: "default/shop", Scheme: model.Internal}
	web := &model.Group{ID: "default/web:80"}
	https := &model.Group{ID: "default/web:80", Protocol: model.BackendHTTPS}
	balancer := p.loadBalancerKey(lb).Name
	for want, got := range map[string]string{
		"hg-166c2b-default-shop-825a3b0e": balancer,
		"hg-166c2b-default-shop-8e718370": p.loadBalancerKey(internal).Name,
		"hg-166c2b-web-80-3fbdd943":       p.targetGroupKey(balancer, web).Name,
		"hg-166c2b-web-80-0009984f":       p.targetGroupKey(balancer, https).Name,
	} {
		if got != want {
			t.Errorf("got the name %s, want %s", got, want)
		}
	}
}
