package gcp

import (
	"testing"

	"github.com/headgate-io/headgate/model"
)

// TestUnusedSettingChangesNoName checks that a setting which a later version adds does not rename
// the resources that do not use it.
func TestUnusedSettingChangesNoName(t *testing.T) {
	p := offline(t)
	name := func(fixed settings) string { return p.name("default/shop", "check", fixed) }
	before := name(settings{"scheme": "internal", "port": "80"})
	if after := name(settings{"scheme": "internal", "port": "80", "added": ""}); after != before {
		t.Errorf("an empty setting renames %s to %s", before, after)
	}
	for what, fixed := range map[string]settings{
		"another value":     {"scheme": "internal", "port": "81"},
		"another setting":   {"scheme": "internal", "added": "80"},
		"an added setting":  {"scheme": "internal", "port": "80", "added": "1"},
		"a removed setting": {"scheme": "internal"},
		"swapped values":    {"scheme": "80", "port": "internal"},
	} {
		if got := name(fixed); got == before {
			t.Errorf("%s does not change the name %s", what, got)
		}
	}
}

// TestHealthCheckNameCoversSetFields checks that the name of a health check changes with each field
// that is set, and does not depend on the fields that are not.
func TestHealthCheckNameCoversSetFields(t *testing.T) {
	p := offline(t)
	check := HealthCheckSpec{Type: "HTTP", Path: "/", Interval: 10, Timeout: 5, Healthy: 2, Unhealthy: 3}
	before := p.healthCheckName("default/shop", model.Internal, check)
	want := p.name("default/shop", "check", settings{"scheme": string(model.Internal), "type": "HTTP", "requestPath": "/",
		"checkIntervalSec": "10", "timeoutSec": "5", "healthyThreshold": "2", "unhealthyThreshold": "3"})
	if before != want {
		t.Errorf("name %s, want %s, from the fields that are set alone", before, want)
	}
	for what, change := range map[string]func(*HealthCheckSpec){
		"type": func(h *HealthCheckSpec) { h.Type = "HTTPS" }, "path": func(h *HealthCheckSpec) { h.Path = "/x" },
		"host": func(h *HealthCheckSpec) { h.Host = "x" }, "port": func(h *HealthCheckSpec) { h.Port = 80 },
		"interval": func(h *HealthCheckSpec) { h.Interval = 11 }, "timeout": func(h *HealthCheckSpec) { h.Timeout = 6 },
		"healthy": func(h *HealthCheckSpec) { h.Healthy = 3 }, "unhealthy": func(h *HealthCheckSpec) { h.Unhealthy = 2 },
	} {
		changed := check
		change(&changed)
		if got := p.healthCheckName("default/shop", model.Internal, changed); got == before {
			t.Errorf("a change of the %s does not change the name", what)
		}
	}
}
