package aws

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// Compare tells in what fields an observed resource differs from the wanted one. Paths are AWS's
// words.
func (p *Provider) Compare(want, have provider.Resource) []provider.Field {
	w, ok := want.Spec.(TargetsSpec)
	if ok {
		h, _ := have.Spec.(TargetsSpec)
		return compareTargets(w.Targets, h.Targets)
	}
	return compareFlat(flatten(want.Spec), flatten(have.Spec))
}

// flatten gives the fields of a spec by path. A certificate has none: what is in it is in its name.
func flatten(spec any) map[string]string {
	switch s := spec.(type) {
	case SecurityGroupSpec:
		fields := tagFields(s.Tags)
		for _, port := range s.Ports {
			fields["ingress["+strconv.Itoa(port)+"]"] = "tcp from everywhere"
		}
		return fields
	case LoadBalancerSpec:
		fields := tagFields(s.Tags)
		fields["subnets"], fields["securityGroups"] = strings.Join(s.Subnets, " "), strings.Join(s.SecurityGroups, " ")
		return fields
	case TargetGroupSpec:
		return flattenGroup(s)
	case ListenerSpec:
		fields := map[string]string{"protocol": s.Protocol, "sslPolicy": s.Policy, "defaultActions[0]": s.Default.String()}
		for i, c := range s.Certificates {
			fields["certificates["+strconv.Itoa(i)+"]"] = c
		}
		return fields
	case RuleSpec:
		fields := map[string]string{"priority": strconv.Itoa(s.Priority), "actions[0]": s.Action.String()}
		for i, c := range s.Conditions {
			fields["conditions["+strconv.Itoa(i)+"]"] = c.String()
		}
		return fields
	default:
		return nil
	}
}

func flattenGroup(s TargetGroupSpec) map[string]string {
	fields := tagFields(s.Tags)
	maps.Copy(fields, map[string]string{
		"healthCheckProtocol": s.Check.Protocol, "healthCheckPath": s.Check.Path, "healthCheckPort": s.Check.Port,
		"healthCheckIntervalSeconds": strconv.Itoa(s.Check.Interval), "healthCheckTimeoutSeconds": strconv.Itoa(s.Check.Timeout),
		"healthyThresholdCount": strconv.Itoa(s.Check.Healthy), "unhealthyThresholdCount": strconv.Itoa(s.Check.Unhealthy),
		"matcher": s.Check.Codes, drainingAttribute: strconv.Itoa(s.Draining),
		"stickiness": stickyText(s.Sticky),
	})
	return fields
}

func stickyText(seconds int) string {
	if seconds == 0 {
		return "off"
	}
	return "lb_cookie for " + strconv.Itoa(seconds) + " s"
}

// tagPath begins the paths of tags. Tags that nobody asked for are somebody else's: they are not
// compared.
const tagPath = "tags."

func tagFields(tags map[string]string) map[string]string {
	fields := map[string]string{}
	for key, value := range tags {
		if !strings.HasPrefix(key, tagPrefix) {
			fields[tagPath+key] = value
		}
	}
	return fields
}

func compareFlat(want, have map[string]string) []provider.Field {
	var fields []provider.Field
	paths := slices.Concat(slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(have)))
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		w, asked := want[path]
		if w != have[path] && (asked || !strings.HasPrefix(path, tagPath)) {
			fields = append(fields, provider.Field{Path: path, Want: w, Have: have[path]})
		}
	}
	return fields
}

// compareTargets walks two sorted lists.
func compareTargets(want, have []netip.AddrPort) []provider.Field {
	var fields []provider.Field
	add, gone := differences(want, have)
	for _, t := range add {
		fields = append(fields, provider.Field{Path: fmt.Sprintf("targets[%s]", t), Want: "registered"})
	}
	for _, t := range gone {
		fields = append(fields, provider.Field{Path: fmt.Sprintf("targets[%s]", t), Have: "registered"})
	}
	return fields
}

// differences are what is in want alone and what is in have alone; both are sorted.
func differences(want, have []netip.AddrPort) (add, gone []netip.AddrPort) {
	for len(want) > 0 || len(have) > 0 {
		switch {
		case len(have) == 0 || len(want) > 0 && want[0].Compare(have[0]) < 0:
			add, want = append(add, want[0]), want[1:]
		case len(want) == 0 || want[0].Compare(have[0]) > 0:
			gone, have = append(gone, have[0]), have[1:]
		default:
			want, have = want[1:], have[1:]
		}
	}
	return add, gone
}
