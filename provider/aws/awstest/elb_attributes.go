package awstest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// attributeRange is the allowed values of an attribute: numbers from min to max, or a set. If both
// are empty, any string is allowed.
type attributeRange struct {
	min, max int
	set      []string
	fixed    string // the only supported value, if AWS has others
	off      string // allowed besides min to max
}

func flag() attributeRange { return attributeRange{set: []string{"true", "false"}} }

func (r attributeRange) check(key, value string) error {
	if r.fixed != "" && value != r.fixed {
		return unsupported("attribute " + key + "=" + value)
	}
	if r.set != nil && !slices.Contains(r.set, value) {
		return refuse("InvalidConfigurationRequest", "the value of attribute '%s' must be one of %s", key, strings.Join(r.set, ", "))
	}
	if r.max > 0 && (r.off == "" || value != r.off) {
		n, err := strconv.Atoi(value)
		if err != nil || n < r.min || n > r.max {
			return refuse("InvalidConfigurationRequest", "the value of attribute '%s' must be between %d and %d", key, r.min, r.max)
		}
	}
	return nil
}

// loadBalancerDefaults returns the attributes of a new Application Load Balancer
// (LoadBalancerAttribute).
func loadBalancerDefaults(scheme string) map[string]string {
	return map[string]string{
		"access_logs.s3.bucket": "", "access_logs.s3.enabled": "false", "access_logs.s3.prefix": "",
		"client_keep_alive.seconds":  "3600",
		"connection_logs.s3.bucket":  "",
		"connection_logs.s3.enabled": "false", "connection_logs.s3.prefix": "",
		"deletion_protection.enabled":                              "false",
		"health_check_logs.s3.bucket":                              "",
		"health_check_logs.s3.enabled":                             "false",
		"health_check_logs.s3.prefix":                              "",
		"idle_timeout.timeout_seconds":                             "60",
		"ipv6.deny_all_igw_traffic":                                strconv.FormatBool(scheme == "internal"),
		"load_balancing.cross_zone.enabled":                        "true",
		"routing.http.desync_mitigation_mode":                      "defensive",
		"routing.http.drop_invalid_header_fields.enabled":          "false",
		"routing.http.preserve_host_header.enabled":                "false",
		"routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
		"routing.http.xff_client_port.enabled":                     "false",
		"routing.http.xff_header_processing.mode":                  "append",
		"routing.http2.enabled":                                    "true",
		"waf.fail_open.enabled":                                    "false",
		"zonal_shift.config.enabled":                               "false",
	}
}

func loadBalancerRange(key string) attributeRange {
	switch key {
	case "deletion_protection.enabled", "routing.http.preserve_host_header.enabled", "routing.http2.enabled",
		"waf.fail_open.enabled", "ipv6.deny_all_igw_traffic", "routing.http.drop_invalid_header_fields.enabled",
		"routing.http.xff_client_port.enabled":
		return flag()
	case "idle_timeout.timeout_seconds":
		return attributeRange{min: 1, max: 4000}
	case "client_keep_alive.seconds":
		return attributeRange{min: 60, max: 604800}
	case "routing.http.xff_header_processing.mode":
		return attributeRange{set: []string{"append", "preserve", "remove"}}
	case "routing.http.desync_mitigation_mode":
		return attributeRange{set: []string{"monitor", "defensive", "strictest"}}
	case "load_balancing.cross_zone.enabled":
		// "the default for Application Load Balancers is true, and can't be changed"
		return attributeRange{set: []string{"true"}}
	case "access_logs.s3.enabled", "connection_logs.s3.enabled", "health_check_logs.s3.enabled", "zonal_shift.config.enabled",
		"routing.http.x_amzn_tls_version_and_cipher_suite.enabled":
		return attributeRange{fixed: "false"}
	default:
		return attributeRange{}
	}
}

// targetGroupDefaults returns the attributes of a new target group of an Application Load Balancer
// (TargetGroupAttribute).
func targetGroupDefaults() map[string]string {
	return map[string]string{
		"deregistration_delay.timeout_seconds":                                           "300",
		"load_balancing.algorithm.anomaly_mitigation":                                    "off",
		"load_balancing.algorithm.type":                                                  "round_robin",
		"load_balancing.cross_zone.enabled":                                              "use_load_balancer_configuration",
		"slow_start.duration_seconds":                                                    "0",
		"stickiness.app_cookie.cookie_name":                                              "",
		"stickiness.app_cookie.duration_seconds":                                         "86400",
		"stickiness.enabled":                                                             "false",
		"stickiness.lb_cookie.duration_seconds":                                          "86400",
		"stickiness.type":                                                                "lb_cookie",
		"target_group_health.dns_failover.minimum_healthy_targets.count":                 "1",
		"target_group_health.dns_failover.minimum_healthy_targets.percentage":            "off",
		"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count":      "1",
		"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
	}
}

func targetGroupRange(key string) attributeRange {
	switch key {
	case "deregistration_delay.timeout_seconds":
		return attributeRange{max: 3600}
	case "slow_start.duration_seconds":
		return attributeRange{min: 30, max: 900, off: "0"}
	case "stickiness.lb_cookie.duration_seconds", "stickiness.app_cookie.duration_seconds":
		return attributeRange{min: 1, max: 604800}
	case "stickiness.enabled":
		return flag()
	case "load_balancing.cross_zone.enabled":
		return attributeRange{set: []string{"true", "use_load_balancer_configuration"}}
	default:
		// Attributes that would change routing are supported with their default only, so that no
		// test passes by accident.
		return attributeRange{fixed: targetGroupDefaults()[key]}
	}
}

// listenerDefaults returns the attributes of a new listener (ListenerAttribute).
func listenerDefaults() map[string]string {
	return map[string]string{"routing.http.response.server.enabled": "true"}
}

func listenerRange(string) attributeRange { return flag() }

// modify returns the changed attributes, or the old ones with an error: "If any of the specified
// attributes can't be modified as requested, the call fails."
func modify[A elbAttribute | elbBalancerAttribute](have map[string]string, changes []A, rules func(string) attributeRange) (map[string]string, error) {
	changed := maps.Clone(have)
	for _, change := range changes {
		c := elbAttribute(change)
		if _, known := have[c.Key]; !known {
			return have, invalid("Attribute key '%s' is not recognized", c.Key)
		}
		if err := rules(c.Key).check(c.Key, c.Value); err != nil {
			return have, err
		}
		changed[c.Key] = c.Value
	}
	return changed, nil
}

func attributes(all map[string]string) *attributesOutput {
	out := &attributesOutput{Attributes: []elbAttribute{}}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out.Attributes = append(out.Attributes, elbAttribute{Key: key, Value: all[key]})
	}
	return out
}

func (s *Server) describeLoadBalancerAttributes(in *loadBalancerArnInput) (*attributesOutput, error) {
	lb, err := s.mustLoadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	return attributes(lb.Attributes), nil
}

func (s *Server) modifyLoadBalancerAttributes(in *modifyLoadBalancerAttributesInput) (*attributesOutput, error) {
	lb, err := s.mustLoadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	if lb.Attributes, err = modify(lb.Attributes, in.Attributes, loadBalancerRange); err != nil {
		return nil, err
	}
	s.loadBalancerChanged(lb)
	return attributes(lb.Attributes), nil
}

func (s *Server) describeTargetGroupAttributes(in *targetGroupArnInput) (*attributesOutput, error) {
	g, err := s.mustTargetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	return attributes(g.Attributes), nil
}

func (s *Server) modifyTargetGroupAttributes(in *modifyTargetGroupAttributesInput) (*attributesOutput, error) {
	g, err := s.mustTargetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	if g.Attributes, err = modify(g.Attributes, in.Attributes, targetGroupRange); err != nil {
		return nil, err
	}
	s.targetGroupChanged(g)
	for l := range g.users {
		s.listenerChanged(l) // its rules have the duration of stickiness
	}
	return attributes(g.Attributes), nil
}

func (s *Server) describeListenerAttributes(in *listenerArnInput) (*attributesOutput, error) {
	l, err := s.mustListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	return attributes(l.Attributes), nil
}

func (s *Server) modifyListenerAttributes(in *modifyListenerAttributesInput) (*attributesOutput, error) {
	l, err := s.mustListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	if l.Attributes, err = modify(l.Attributes, in.Attributes, listenerRange); err != nil {
		return nil, err
	}
	return attributes(l.Attributes), nil
}
