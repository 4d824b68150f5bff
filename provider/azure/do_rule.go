package azure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

func (s RuleSpec) properties(d document) map[string]any {
	p := s.To.properties(d)
	p["httpListener"], p["urlPathMap"], p["ruleType"] = d.ref("httpListeners", s.Listener), d.ref("urlPathMaps", s.PathMap), "Basic"
	if s.PathMap != "" {
		p["ruleType"] = "PathBasedRouting"
	}
	return p
}

func (s PathMapSpec) properties(d document) map[string]any {
	p := map[string]any{}
	for k, v := range s.Default.properties(d) {
		p["default"+strings.ToUpper(k[:1])+k[1:]] = v
	}
	rules := make([]any, len(s.Rules))
	for i, r := range s.Rules {
		properties := map[string]any{"paths": anys(r.Paths)}
		for k, v := range r.To.properties(d) {
			if v != nil {
				properties[k] = v
			}
		}
		rules[i] = map[string]any{"name": fmt.Sprintf("rule-%d", i), "properties": properties}
	}
	p["pathRules"] = rules
	return p
}

func (s RedirectSpec) properties(d document) map[string]any {
	p := map[string]any{
		"redirectType": s.Type, "targetUrl": nil, "targetListener": d.ref("httpListeners", s.Listener), "includePath": true, "includeQueryString": true,
	}
	if s.URL != "" {
		p["targetUrl"] = s.URL
	}
	return p
}

func (s Destination) properties(d document) map[string]any {
	return map[string]any{
		"backendAddressPool": d.ref("backendAddressPools", s.Pool), "backendHttpSettings": d.ref("backendHttpSettingsCollection", s.Settings),
		"redirectConfiguration": d.ref("redirectConfigurations", s.Redirect),
	}
}

// assignPriorities sets the priorities of the cluster's rules. A rule of these ops for which no
// priority is free fails and is left out, so that the others are served.
func (w *documentWrite) assignPriorities(d document, done []int) []int {
	without := w.p.prioritize(d)
	return slices.DeleteFunc(done, func(i int) bool {
		op := w.batch.Ops[i]
		if op.Want == nil || op.Key.Kind != KindRule || !slices.Contains(without, op.Key.Name) {
			return false
		}
		if number(d.part("requestRoutingRules", op.Key.Name), "priority") == 0 {
			d.remove("requestRoutingRules", op.Key.Name)
		}
		w.outcomes[i] = failed(op.Key, errorf(provider.Conflict, "write", op.Key,
			"no priority is free: other rules on the gateway use those that fit between less and more specific hosts"))
		return true
	})
}
