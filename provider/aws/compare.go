package aws

import (
	"fmt"
	"maps"
	"net/netip"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// Compare reports the fields in which have differs from want. The paths are AWS's own terms.
func (p *Provider) Compare(want, have provider.Resource) []provider.Field {
	if have.Spec != nil && have.Group != want.Group {
		// A resource of another group has the same name. Do refuses to change it.
		return []provider.Field{{Path: tagPath + tagGroup, Have: string(have.Group), Want: string(want.Group)}}
	}
	w, ok := want.Spec.(TargetsSpec)
	if ok {
		h, _ := have.Spec.(TargetsSpec)
		return compareTargets(w.Targets, h.Targets)
	}
	if h, ok := have.Spec.(RuleSpec); ok {
		want.Spec = withFreePriority(want.Spec.(RuleSpec), h.Reserved)
	}
	wanted, current := flatten(want.Spec), flatten(have.Spec)
	maps.DeleteFunc(current, func(path, _ string) bool {
		_, ok := wanted[path]
		return !ok && strings.HasPrefix(path, tagPath)
	})
	return provider.CompareValues(wanted, current)
}

// flatten returns the fields of a spec by path. A certificate has none, because its name covers its
// content.
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
		return flattenTargetGroup(s)
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

func flattenTargetGroup(s TargetGroupSpec) map[string]string {
	fields := tagFields(s.Tags)
	maps.Copy(fields, map[string]string{
		"healthCheckProtocol": s.Check.Protocol, "healthCheckPath": s.Check.Path, "healthCheckPort": s.Check.Port,
		"healthCheckIntervalSeconds": strconv.Itoa(s.Check.Interval), "healthCheckTimeoutSeconds": strconv.Itoa(s.Check.Timeout),
		"healthyThresholdCount": strconv.Itoa(s.Check.Healthy), "unhealthyThresholdCount": strconv.Itoa(s.Check.Unhealthy),
		"matcher": s.Check.Codes,
	})
	for _, a := range attributes() {
		fields[a.path] = a.text(s)
	}
	return fields
}

// tagPath begins the paths of tags. Tags that are not wanted were set by others and are not
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

// compareTargets compares two sorted lists.
func compareTargets(want, have []netip.AddrPort) []provider.Field {
	var fields []provider.Field
	add, remove := differences(want, have)
	for _, t := range add {
		fields = append(fields, provider.Field{Path: fmt.Sprintf("targets[%s]", t), Want: "registered"})
	}
	for _, t := range remove {
		fields = append(fields, provider.Field{Path: fmt.Sprintf("targets[%s]", t), Have: "registered"})
	}
	return fields
}

// differences returns the targets to add to have and to remove from it. Both lists must be sorted.
func differences(want, have []netip.AddrPort) (add, remove []netip.AddrPort) {
	for len(want) > 0 || len(have) > 0 {
		switch {
		case len(have) == 0 || len(want) > 0 && want[0].Compare(have[0]) < 0:
			add, want = append(add, want[0]), want[1:]
		case len(want) == 0 || want[0].Compare(have[0]) > 0:
			remove, have = append(remove, have[0]), have[1:]
		default:
			want, have = want[1:], have[1:]
		}
	}
	return add, remove
}
