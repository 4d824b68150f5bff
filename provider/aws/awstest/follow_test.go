package awstest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/internal/dataplane"
)

// After an operation the data plane updates only what the operation changed. The result must be
// that of a complete update.
func TestDataPlaneFollowsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewHandler(Options{Dial: refuseAll})
		defer s.Close()
		c := changer{T: t, s: s}
		for i := range 2 {
			c.try(func() error { _, err := s.createLoadBalancer(c.newBalancer("lb-" + strconv.Itoa(i))); return err })
		}
		for i := range 3 {
			c.try(func() error { _, err := s.createTargetGroup(newGroup(s, "group-"+strconv.Itoa(i))); return err })
		}
		for range 25 {
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(c.changes()))).Draw(t, "change")
			c.try(c.changes()[name])
			if diff := cmp.Diff(stored(s), followed(s)); diff != "" {
				t.Fatalf("after %s (-stored +followed):\n%s", name, diff)
			}
		}
	})
}

// stored describes the data plane that the stored resources require.
func stored(s *Server) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for _, l := range s.state.listeners.all {
		if live := s.liveOf(l); live != nil {
			all[live.address] = live.text()
		}
	}
	for _, g := range s.state.groups.all {
		used := false
		for _, l := range s.state.listeners.all {
			used = used || slices.Contains(l.groups(), g.Shape.TargetGroupArn)
		}
		addresses := s.targetAddresses(g)
		all[g.Shape.TargetGroupName] = fmt.Sprint(used && len(addresses) > 0, " ", slices.Sorted(slices.Values(addresses)))
	}
	return all
}

// followed describes the actual data plane.
func followed(s *Server) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	s.live.Range(func(address, served any) bool {
		all[address.(string)] = served.(*liveListener).text()
		return true
	})
	for address := range s.front.Addresses() {
		if all[address] == "" {
			all[address] = "the front serves an address without a listener"
		}
	}
	for address := range all {
		if s.front.Addresses()[address] == "" {
			all[address] = "the front does not serve the address"
		}
	}
	for _, g := range s.state.groups.all {
		health, used := g.pool.health(), false
		for _, h := range health {
			used = used || h != dataplane.Unused
		}
		all[g.Shape.TargetGroupName] = fmt.Sprint(used, " ", sortedKeys(health))
	}
	return all
}

// text describes a listener, its rules, and the rule for each sample host.
func (l *liveListener) text() string {
	text := fmt.Sprint(l.scheme, l.port, l.policy, l.balancer)
	for _, r := range l.rules {
		text += fmt.Sprintf(" [%s]", r.text())
	}
	for _, host := range sampleHosts() {
		text += fmt.Sprintf(" %s: %s", host, l.choose(request{host: host, path: "/", headers: http.Header{}}).text())
	}
	return text
}

func (r *route) text() string {
	if r.fixed != nil {
		return r.fixed.StatusCode
	}
	text := ""
	for _, g := range r.groups {
		text += fmt.Sprint(g.pool.name, "@", g.weight, "/", g.sticky, " ")
	}
	return text
}

func TestOperationsRecordOnlyTheirChanges(t *testing.T) {
	s := NewHandler(Options{Dial: refuseAll})
	defer s.Close()
	openAllPorts(t, s)
	listener, group := fill(t, s, 60, 1)
	forward := []elbAction{{Type: "forward", TargetGroupArn: group}}
	host := []elbCondition{{Field: "host-header", HostHeaderConfig: &elbPatterns{Values: []string{"new.example.com"}}}}
	for name, c := range map[string]struct {
		change            func() error
		groups, listeners int
	}{
		"a rule": {func() error {
			_, err := s.createRule(&createRuleInput{ListenerArn: listener, Priority: ptr(int32(999)), Conditions: host, Actions: forward})
			return err
		}, 0, 1}, // the listener used the group before
		"a target": {func() error {
			_, err := s.registerTargets(&targetsInput{TargetGroupArn: group, Targets: []elbTarget{{Id: "10.0.9.9"}}})
			return err
		}, 1, 0},
		"a tag": {func() error {
			_, err := s.addTags(&addTagsInput{ResourceArns: []string{group}, Tags: []elbTag{{Key: "k", Value: "v"}}})
			return err
		}, 0, 0},
	} {
		if err := perform(s, func() error {
			defer func() {
				if len(s.changes.groups) != c.groups || len(s.changes.listeners) != c.listeners {
					t.Errorf("%s changes %d groups and %d listeners, want %d and %d", name, len(s.changes.groups), len(s.changes.listeners), c.groups, c.listeners)
				}
			}()
			return c.change()
		}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
