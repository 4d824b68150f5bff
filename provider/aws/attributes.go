package aws

import (
	"slices"
	"strconv"
)

// defaultDraining is deregistration_delay.timeout_seconds of a new target group
// (TargetGroupAttribute).
const defaultDraining = 300

// defaultSticky is stickiness.lb_cookie.duration_seconds of a new target group. The cookie of a
// load balancer always expires.
const defaultSticky = 86400

// minSlowStart and maxSlowStart bound slow_start.duration_seconds (TargetGroupAttribute).
const (
	minSlowStart = 30
	maxSlowStart = 900
)

// maxSticky is the maximum of stickiness.lb_cookie.duration_seconds, a week (TargetGroupAttribute).
const maxSticky = 604800

// attribute is a setting of a target group that AWS stores as an attribute. Attributes cannot be
// set when the group is created.
type attribute struct {
	path string // in a plan
	text func(TargetGroupSpec) string
	// encode returns the attributes to write, by key.
	encode func(TargetGroupSpec) map[string]string
	// decode sets the field of the spec from the attributes of a target group. An attribute that is
	// absent has its default.
	decode func(*TargetGroupSpec, map[string]string)
}

// attributes returns the attributes that the provider manages (TargetGroupAttribute). Affinity is
// by the cookie of the load balancer, which is the default stickiness.type.
func attributes() []attribute {
	const (
		draining   = "deregistration_delay.timeout_seconds"
		sticky     = "stickiness.enabled"
		stickyTime = "stickiness.lb_cookie.duration_seconds"
		slowStart  = "slow_start.duration_seconds"
	)
	return []attribute{
		{
			path: draining,
			text: func(s TargetGroupSpec) string { return strconv.Itoa(s.Draining) },
			encode: func(s TargetGroupSpec) map[string]string {
				return map[string]string{draining: strconv.Itoa(s.Draining)}
			},
			decode: func(s *TargetGroupSpec, values map[string]string) {
				s.Draining = numberOr(values[draining], defaultDraining)
			},
		},
		{
			path: "stickiness",
			text: func(s TargetGroupSpec) string {
				if s.Sticky == 0 {
					return "off"
				}
				return "lb_cookie for " + strconv.Itoa(s.Sticky) + " s"
			},
			encode: func(s TargetGroupSpec) map[string]string {
				if s.Sticky == 0 {
					return map[string]string{sticky: "false"}
				}
				return map[string]string{sticky: "true", stickyTime: strconv.Itoa(s.Sticky)}
			},
			decode: func(s *TargetGroupSpec, values map[string]string) {
				if s.Sticky = 0; values[sticky] == "true" {
					s.Sticky = numberOr(values[stickyTime], defaultSticky)
				}
			},
		},
		{
			path: slowStart,
			text: func(s TargetGroupSpec) string {
				if s.SlowStart == 0 {
					return ""
				}
				return strconv.Itoa(s.SlowStart)
			},
			encode: func(s TargetGroupSpec) map[string]string {
				return map[string]string{slowStart: strconv.Itoa(s.SlowStart)}
			},
			decode: func(s *TargetGroupSpec, values map[string]string) {
				s.SlowStart = numberOr(values[slowStart], 0)
			},
		},
	}
}

// decodeAttributes sets the fields of spec that are attributes. Nil values give the defaults of a
// new target group.
func decodeAttributes(spec *TargetGroupSpec, values map[string]string) {
	for _, a := range attributes() {
		a.decode(spec, values)
	}
}

// sameAttributes reports whether no attribute differs.
func sameAttributes(a, b TargetGroupSpec) bool {
	return !slices.ContainsFunc(attributes(), func(x attribute) bool { return x.text(a) != x.text(b) })
}

// numberOr parses text, or returns otherwise if it is not a number.
func numberOr(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}
