package azure

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// gatewayWith returns a document with a listener for each rule. The names of rules of others do not
// have the cluster's prefix.
func gatewayWith(rules []ruleOrder) document {
	d := document{"id": "/gw", "properties": map[string]any{}}
	d.set("frontendIPConfigurations", "public", map[string]any{"publicIPAddress": map[string]any{"id": "/ip"}})
	d.set("frontendPorts", "http", map[string]any{"port": 80.0})
	for _, r := range rules {
		d.set("httpListeners", r.name, map[string]any{
			"frontendIPConfiguration": d.ref("frontendIPConfigurations", "public"), "frontendPort": d.ref("frontendPorts", "http"), "hostNames": anys(r.hosts),
		})
		properties := map[string]any{"httpListener": d.ref("httpListeners", r.name)}
		if r.priority > 0 {
			properties["priority"] = r.priority
		}
		d.set("requestRoutingRules", r.name, properties)
	}
	return d
}

func TestRulesAreOrderedBySpecificity(t *testing.T) {
	p := testProvider(t, "shared")
	us := p.NamePrefix()
	d := gatewayWith([]ruleOrder{
		{name: "foreign", hosts: []string{"*.example.com"}, priority: 4000},
		{name: us + "any"}, {name: us + "wild", hosts: []string{"*.example.com.test"}}, {name: us + "guard", hosts: []string{"*.*.example.com.test"}},
		{name: us + "longer", hosts: []string{"*.a.example.com.test"}}, {name: us + "exact", hosts: []string{"a.example.com"}},
		{name: us + "late", hosts: []string{"*.com"}},
	})
	if without := p.prioritize(d); len(without) > 0 {
		t.Fatalf("no free priority for %v", without)
	}
	at := map[string]int{}
	for _, r := range p.ruleOrders(d) {
		at[r.name] = r.priority
	}
	for _, pair := range [][2]string{
		{us + "exact", "foreign"}, {"foreign", us + "late"}, {us + "longer", us + "guard"}, {us + "guard", us + "wild"}, {us + "late", us + "any"}, {us + "wild", us + "late"},
	} {
		if at[pair[0]] >= at[pair[1]] {
			t.Errorf("%s has priority %d, but %s has %d", pair[0], at[pair[0]], pair[1], at[pair[1]])
		}
	}
	for name, in := range p.order(d) {
		if !in {
			t.Errorf("%s is reported as out of order", name)
		}
	}
}

func TestRuleWithoutAFreePriorityIsReported(t *testing.T) {
	p := testProvider(t, "shared")
	d := gatewayWith([]ruleOrder{
		{name: "foreign", hosts: []string{"*.example.com"}, priority: 1}, {name: p.NamePrefix() + "exact", hosts: []string{"a.example.com"}},
	})
	if without := p.prioritize(d); len(without) != 1 || without[0] != p.NamePrefix()+"exact" {
		t.Errorf("no free priority for %v", without)
	}
}

// Whatever rules a gateway has, those with a priority are in order, and those in order retain it.
func TestPrioritiesAreInOrderAndStable(t *testing.T) {
	p := testProvider(t, "shared")
	hosts := []string{"", "a.example.com", "b.example.com", "*.example.com", "*.*.example.com", "*.a.example.com", "*.com", "x.test"}
	rapid.Check(t, func(rt *rapid.T) {
		var rules []ruleOrder
		used := map[int]bool{}
		for i, h := range rapid.SliceOfNDistinct(rapid.SampledFrom(hosts), 1, len(hosts), func(h string) string { return h }).Draw(rt, "hosts") {
			r := ruleOrder{name: fmt.Sprint("foreign-", i), priority: rapid.IntRange(1, maxPriority).Draw(rt, "priority")}
			if rapid.Bool().Draw(rt, "owned") {
				r.name = p.NamePrefix() + r.name
				if rapid.Bool().Draw(rt, "new") {
					r.priority = 0
				}
			}
			if h != "" {
				r.hosts = []string{h}
			}
			if r.priority != 0 && used[r.priority] {
				continue
			}
			used[r.priority] = true
			rules = append(rules, r)
		}
		d := gatewayWith(rules)
		without := p.prioritize(d)
		if len(without) > 0 {
			return // no priority is free
		}
		seen := map[int]string{}
		for _, r := range p.ruleOrders(d) {
			if other, ok := seen[r.priority]; ok || r.priority < 1 || r.priority > maxPriority {
				rt.Fatalf("%s has priority %d, as has %q", r.name, r.priority, other)
			}
			seen[r.priority] = r.name
		}
		for name, in := range p.order(d) {
			// The order of the rules of others does not matter.
			if !in {
				rt.Fatalf("%s is out of order", name)
			}
		}
		again := d.clone()
		p.prioritize(again)
		for _, r := range p.ruleOrders(again) {
			if seen[r.priority] != r.name {
				rt.Fatalf("%s has another priority", r.name)
			}
		}
	})
}
