package gcp

import (
	"encoding/json"

	"google.golang.org/api/compute/v1"

	"github.com/headgate-io/headgate/provider"
)

// ruleBytes returns the size of route rules in the API's JSON, with the commas between them.
func (c urlMapClient) ruleBytes(place string, rules []Rule) int {
	n := 0
	for _, rule := range c.matcher(provider.Key{Place: place}, Matcher{Rules: rules}).RouteRules {
		n += jsonBytes(rule) + len(",") + maxPriorityDigits
	}
	return n
}

// maxPriorityDigits is the number of digits of the largest priority.
const maxPriorityDigits = 4

// matcherBytes returns the size of a path matcher and its host rule in the API's JSON.
func (c urlMapClient) matcherBytes(place string, m Matcher) int {
	return jsonBytes(c.matcher(provider.Key{Place: place}, m)) + jsonBytes(compute.HostRule{Hosts: m.Hosts, PathMatcher: m.Name}) + len(`,,"routeRules":[]`)
}

// jsonBytes returns the size of a value of the API, which always marshals.
func jsonBytes(v any) int {
	raw, err := json.Marshal(v)
	if err != nil {
		return 0
	}
	return len(raw)
}
