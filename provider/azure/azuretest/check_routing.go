package azuretest

import (
	"regexp"
	"strings"
)

// checkRedirects checks the redirects (Redirect overview). A target listener cannot have wildcards
// or several host names (multi-site hosting).
func (c *checker) checkRedirects() *apiError {
	for _, r := range c.config.Properties.RedirectConfigurations {
		me, v := c.partID("redirectConfigurations", r.Name), r.Properties
		switch {
		case v.RedirectType == "":
			return invalid("ApplicationGatewayRedirectConfigurationTypeMissing", "Redirect %s has no type.", me)
		case (v.TargetURL == "") == (v.TargetListener == nil):
			return invalid("ApplicationGatewayRedirectConfigurationTargetInvalid", "Redirect %s needs either a target URL or a target listener.", me)
		case v.TargetURL != "" && !regexp.MustCompile(`^https?://[^/\s]+`).MatchString(v.TargetURL):
			return invalid("ApplicationGatewayRedirectConfigurationTargetUrlInvalid", "Target URL %s of redirect %s is invalid.", v.TargetURL, me)
		case v.TargetListener != nil:
			hosts := find(c.config.Properties.HTTPListeners, v.TargetListener.name()).hosts()
			if len(hosts) > 1 || len(hosts) == 1 && strings.ContainsAny(hosts[0], "*?") {
				return invalid("ApplicationGatewayRedirectTargetListenerHasWildcardOrMultipleHostNames", "Target listener %s of redirect %s has wildcards or several host names.", v.TargetListener.ID, me)
			}
		}
	}
	return nil
}

// checkRewrites checks the rewrites (Rewrite HTTP headers and URL). A set has at most 40
// configurations and 40 conditions (Application Gateway limits).
func (c *checker) checkRewrites() *apiError {
	for _, s := range c.config.Properties.RewriteRuleSets {
		me := c.partID("rewriteRuleSets", s.Name)
		configurations, conditions := 0, 0
		for _, r := range s.Properties.RewriteRules {
			if err := checkRewrite(me, r); err != nil {
				return err
			}
			configurations += len(r.ActionSet.RequestHeaders) + len(r.ActionSet.ResponseHeaders)
			conditions += len(r.Conditions)
		}
		if configurations > 40 || conditions > 40 {
			return overLimit("rewrite actions or conditions", max(configurations, conditions), 40, me)
		}
	}
	return nil
}

func checkRewrite(set string, r rewriteRule) *apiError {
	if r.Name == "" {
		return invalid("ApplicationGatewayRewriteRuleNameMissing", "A rewrite rule of %s has no name.", set)
	}
	for _, cond := range r.Conditions {
		if _, err := regexp.Compile(cond.Pattern); err != nil || cond.Variable == "" {
			return invalid("ApplicationGatewayRewriteRuleConditionInvalid", "A condition of rewrite rule %s in %s is invalid.", r.Name, set)
		}
	}
	for _, h := range append(append([]headerConfiguration{}, r.ActionSet.RequestHeaders...), r.ActionSet.ResponseHeaders...) {
		if h.HeaderName == "" || strings.EqualFold(h.HeaderName, "Connection") || strings.EqualFold(h.HeaderName, "Upgrade") {
			return invalid("ApplicationGatewayRewriteRuleHeaderInvalid", "Header %q of rewrite rule %s in %s cannot be rewritten.", h.HeaderName, r.Name, set)
		}
	}
	return nil
}

// checkPathMaps: URL path-based routing overview, path pattern.
func (c *checker) checkPathMaps() *apiError {
	for _, m := range c.config.Properties.URLPathMaps {
		me := c.partID("urlPathMaps", m.Name)
		if err := checkDestination(me, m.Properties.fallback()); err != nil {
			return err
		}
		if n := len(m.Properties.PathRules); n > 100 {
			return overLimit("pathRules", n, 100, me)
		}
		if len(m.Properties.PathRules) == 0 {
			return invalid("ApplicationGatewayUrlPathMapMustHavePathRules", "%s has no path rules.", me)
		}
		if err := checkPaths(me, m.Properties.PathRules); err != nil {
			return err
		}
	}
	return nil
}

func checkPaths(pathMap string, rules []part[pathRule]) *apiError {
	seen := map[string]bool{}
	for _, r := range rules {
		me := pathMap + "/pathRules/" + r.Name
		if err := checkDestination(me, r.Properties.destination); err != nil {
			return err
		}
		if len(r.Properties.Paths) == 0 {
			return invalid("ApplicationGatewayPathRuleHasNoPaths", "Path rule %s has no paths.", me)
		}
		for _, p := range r.Properties.Paths {
			if err := checkPath(me, p); err != nil {
				return err
			}
			// Unverified: that a path that is twice in a map is refused, whatever its case.
			if seen[strings.ToLower(p)] {
				return invalid("ApplicationGatewayPathRuleDuplicatePath", "Path %s of path rule %s is twice in the map.", p, me)
			}
			seen[strings.ToLower(p)] = true
		}
	}
	return nil
}

func checkPath(rule, path string) *apiError {
	star := strings.IndexByte(path, '*')
	switch {
	case !strings.HasPrefix(path, "/"):
		return invalid("ApplicationGatewayPathRulePathShouldStartWithSlash", "Path %s of path rule %s should start with '/'.", path, rule)
	case path == "/":
		return invalid("ApplicationGatewayPathRulePathShouldHaveNonEmptyMatchValue", "Path %s of path rule %s should have a nonempty match value followed by '/'.", path, rule)
	case star >= 0 && star != len(path)-1:
		return invalid("ApplicationGatewayPathRulePathInvalidWildcard", "Path %s of path rule %s can have '*' only at its end.", path, rule)
	case strings.ContainsAny(path, "?# \t"):
		return invalid("ApplicationGatewayPathRulePathInvalidCharacter", "Path %s of path rule %s has a character that is not permitted.", path, rule)
	}
	return nil
}

// checkDestination checks that a destination is a pool with settings, or a redirect (REST
// reference, Application Gateways).
func checkDestination(me string, d destination) *apiError {
	if d.LoadDistributionPolicy != nil {
		// Unverified: load distribution policies, which are in the API but not documented.
		return invalid("ApplicationGatewayFeatureNotEnabled", "Load distribution policy of %s is not enabled for this subscription.", me)
	}
	pool, settings := d.BackendAddressPool != nil, d.BackendHTTPSettings != nil
	redirects := d.RedirectConfiguration != nil
	if pool != settings || pool == redirects {
		return invalid("ApplicationGatewayRoutingTargetInvalid", "%s needs a backend address pool with backend HTTP settings, or a redirect configuration, and not both.", me)
	}
	return nil
}

// checkRules checks the rules. Each has its own listener, and is basic or has its own path map.
func (c *checker) checkRules() *apiError {
	listeners, maps := map[string]string{}, map[string]string{}
	for _, r := range c.config.Properties.RequestRoutingRules {
		me, v := c.partID("requestRoutingRules", r.Name), r.Properties
		if v.HTTPListener == nil {
			return invalid("ApplicationGatewayRequestRoutingRuleListenerMissing", "Rule %s has no listener.", me)
		}
		if other, ok := listeners[v.HTTPListener.name()]; ok {
			return invalid("ApplicationGatewayHttpListenerReferencedByMultipleRules", "Listener %s is referenced by rules %s and %s.", v.HTTPListener.ID, other, me)
		}
		listeners[v.HTTPListener.name()] = me
		if err := checkRuleTarget(me, v); err != nil {
			return err
		}
		if v.URLPathMap != nil {
			// Unverified: that two rules cannot share one path map.
			if other, ok := maps[v.URLPathMap.name()]; ok {
				return invalid("ApplicationGatewayUrlPathMapReferencedByMultipleRules", "URL path map %s is referenced by rules %s and %s.", v.URLPathMap.ID, other, me)
			}
			maps[v.URLPathMap.name()] = me
		}
		if v.RedirectConfiguration != nil {
			if err := c.checkOwnRedirect(me, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRuleTarget(me string, r routingRule) *apiError {
	switch r.RuleType {
	case "Basic":
		if r.URLPathMap != nil {
			return invalid("ApplicationGatewayRequestRoutingRuleBasicWithPathMap", "Basic rule %s cannot have a URL path map.", me)
		}
		return checkDestination(me, r.destination)
	case "PathBasedRouting":
		if r.URLPathMap == nil || r.BackendAddressPool != nil || r.BackendHTTPSettings != nil || r.RedirectConfiguration != nil || r.RewriteRuleSet != nil {
			return invalid("ApplicationGatewayRequestRoutingRulePathBasedInvalid", "Path based rule %s needs a URL path map and nothing else.", me)
		}
		return nil
	default:
		return invalid("ApplicationGatewayRequestRoutingRuleTypeMissing", "Rule %s has no type.", me)
	}
}

// checkOwnRedirect checks that a basic rule does not redirect to its own listener. Unverified.
func (c *checker) checkOwnRedirect(me string, r routingRule) *apiError {
	target := find(c.config.Properties.RedirectConfigurations, r.RedirectConfiguration.name()).TargetListener
	if target != nil && target.name() == r.HTTPListener.name() {
		return invalid("ApplicationGatewayRedirectConfigurationTargetsOwnListener", "Rule %s redirects its listener to itself.", me)
	}
	return nil
}

// checkPriorities checks that priorities are set and unique, as required since version 2021-08-01
// of the API (multi-site hosting, request routing rules evaluation order).
func (c *checker) checkPriorities() *apiError {
	seen := map[int]string{}
	for _, r := range c.config.Properties.RequestRoutingRules {
		me := c.partID("requestRoutingRules", r.Name)
		if r.Properties.Priority == nil {
			return invalid("ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty", "Priority for the request routing rule %s cannot be empty. All request routing rules should have a priority defined starting from api-version 2021-08-01", me)
		}
		if other, ok := seen[*r.Properties.Priority]; ok {
			return invalid("ApplicationGatewayRequestRoutingRuleDuplicatePriority", "Request routing rules %s and %s have the same priority %d.", other, me, *r.Properties.Priority)
		}
		seen[*r.Properties.Priority] = me
	}
	return nil
}
