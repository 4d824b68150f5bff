package gcptest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/api/compute/v1"
)

// matchShape states which rewrites the matches of a rule allow.
type matchShape struct {
	// prefix is true if a match has a prefix, which a prefix rewrite or redirect replaces.
	prefix bool
	// template is true if a match has a path template. vars are its variables.
	template bool
	vars     map[string]bool
}

// match checks one matchRule: it has exactly one condition on the path (reference of
// HttpRouteRuleMatch), and any number of conditions on headers and query parameters.
func (c *mapCheck) match(at string, m *compute.HttpRouteRuleMatch, shape *matchShape) *fault {
	if count(m.PrefixMatch != "", m.FullPathMatch != "", m.RegexMatch != "", m.PathTemplateMatch != "") != 1 {
		return invalid(at, "", "Exactly one of prefixMatch, fullPathMatch, regexMatch or pathTemplateMatch must be specified.")
	}
	if err := c.path(at, m, shape); err != nil {
		return err
	}
	for i, h := range m.HeaderMatches {
		if err := c.header(fmt.Sprintf("%s.headerMatches[%d]", at, i), h); err != nil {
			return err
		}
	}
	for i, q := range m.QueryParameterMatches {
		field := fmt.Sprintf("%s.queryParameterMatches[%d]", at, i)
		if q.Name == "" || count(q.ExactMatch != "", q.RegexMatch != "", q.PresentMatch) != 1 {
			return invalid(field, q.Name, "A name and exactly one of presentMatch, exactMatch or regexMatch must be set.")
		}
		if err := c.regex(field+".regexMatch", q.RegexMatch); err != nil {
			return err
		}
	}
	return nil
}

func (c *mapCheck) path(at string, m *compute.HttpRouteRuleMatch, shape *matchShape) *fault {
	switch {
	case m.PrefixMatch != "":
		shape.prefix = true
		return checkPathText(at+".prefixMatch", m.PrefixMatch)
	case m.FullPathMatch != "":
		return checkPathText(at+".fullPathMatch", m.FullPathMatch)
	case m.PathTemplateMatch != "":
		if m.IgnoreCase {
			return invalid(at+".ignoreCase", true, "ignoreCase cannot be used with pathTemplateMatch.")
		}
		t, err := parseTemplate(m.PathTemplateMatch)
		if err != nil {
			return invalid(at+".pathTemplateMatch", m.PathTemplateMatch, err.Error())
		}
		shape.template, shape.vars = true, t.names()
		return nil
	default:
		if m.IgnoreCase {
			return invalid(at+".ignoreCase", true, "ignoreCase must not be used with regexMatch.")
		}
		return c.regex(at+".regexMatch", m.RegexMatch)
	}
}

// checkPathText requires 1 to 1024 characters that start with a slash, without a query and a
// fragment (reference of prefixMatch). Unverified: fullPathMatch must start with a slash too.
func checkPathText(field, path string) *fault {
	if !strings.HasPrefix(path, "/") || len(path) > 1024 || strings.ContainsAny(path, "?#") {
		return invalid(field, path, "Must begin with '/', be 1 to 1024 characters long and contain neither '?' nor '#'.")
	}
	return nil
}

// regex checks a regular expression, which global load balancers do not support (reference of
// HttpRouteRuleMatch.regexMatch).
func (c *mapCheck) regex(field, pattern string) *fault {
	if pattern == "" {
		return nil
	}
	if c.ch.key.scope.level == global {
		return invalid(field, pattern, "Regular expressions are not supported for global external load balancers.")
	}
	if _, err := regexp.Compile(pattern); err != nil || len(pattern) > 1024 {
		return invalid(field, pattern, "Not a valid RE2 expression.")
	}
	return nil
}

func (c *mapCheck) header(at string, h *compute.HttpHeaderMatch) *fault {
	name := strings.TrimPrefix(h.HeaderName, ":")
	if h.HeaderName != name && name != "method" && name != "authority" {
		return invalid(at+".headerName", h.HeaderName, "Only :method and :authority are supported.")
	}
	if !validHeaderName(name) {
		return invalid(at+".headerName", h.HeaderName, "")
	}
	if count(h.ExactMatch != "", h.PrefixMatch != "", h.SuffixMatch != "", h.RegexMatch != "", h.PresentMatch, h.RangeMatch != nil) != 1 {
		return invalid(at, h.HeaderName, "Exactly one of exactMatch, prefixMatch, suffixMatch, regexMatch, presentMatch or rangeMatch must be set.")
	}
	return c.regex(at+".regexMatch", h.RegexMatch)
}

// redirect checks a URL redirect (reference of HttpRedirectAction). Unverified: a host may have a
// port. The reference only limits the length of the host.
func (c *mapCheck) redirect(at string, r *compute.HttpRedirectAction, shape *matchShape) *fault {
	if r == nil {
		return nil
	}
	if r.PathRedirect != "" && r.PrefixRedirect != "" {
		return invalid(at+".prefixRedirect", r.PrefixRedirect, "pathRedirect cannot be supplied together with prefixRedirect.")
	}
	if r.PrefixRedirect != "" && (shape == nil || !shape.prefix) {
		return invalid(at+".prefixRedirect", r.PrefixRedirect, "prefixRedirect needs a prefix match.")
	}
	if len(r.HostRedirect) > 255 || len(r.PathRedirect) > 1024 || len(r.PrefixRedirect) > 1024 {
		return invalid(at, "", "A value is too long.")
	}
	if r.PathRedirect != "" && !strings.HasPrefix(r.PathRedirect, "/") {
		return invalid(at+".pathRedirect", r.PathRedirect, "Must begin with '/'.")
	}
	if r.HttpsRedirect {
		return c.plainOnly(at)
	}
	return nil
}

// plainOnly rejects an HTTPS redirect in a URL map of an HTTPS proxy.
func (c *mapCheck) plainOnly(at string) *fault {
	for o := range c.ch.server.state.everything() {
		if o.key.collection == "targetHttpsProxies" && o.key.project == c.ch.key.project && o.refersTo(c.ch.key) {
			return invalid(at+".httpsRedirect", true, "httpsRedirect is not permitted for a URL map used in target HTTPS proxy '"+o.key.path()+"'.")
		}
	}
	return nil
}

// action checks weights, rewrite, timeout and faults.
func (c *mapCheck) action(at string, a *compute.HttpRouteAction, shape *matchShape) *fault {
	if a == nil {
		return nil
	}
	if err := c.weights(at, a.WeightedBackendServices); err != nil {
		return err
	}
	if err := checkRewrite(at+".urlRewrite", a.UrlRewrite, shape); err != nil {
		return err
	}
	if a.Timeout != nil && (a.Timeout.Seconds < 0 || a.Timeout.Seconds > 86400 || a.Timeout.Nanos < 0 || a.Timeout.Nanos > 999999999) {
		return invalid(at+".timeout", a.Timeout.Seconds, "")
	}
	return checkFaults(at+".faultInjectionPolicy", a.FaultInjectionPolicy)
}

func (c *mapCheck) weights(at string, list []*compute.WeightedBackendService) *fault {
	var sum int64
	seen := map[string]bool{}
	for i, w := range list {
		field := fmt.Sprintf("%s.weightedBackendServices[%d]", at, i)
		if w.Weight < 0 || w.Weight > 1000 {
			return invalid(field+".weight", w.Weight, "The value must be from 0 to 1000.")
		}
		sum += w.Weight
		if err := c.service(field+".backendService", w.BackendService); err != nil {
			return err
		}
		if seen[w.BackendService] {
			return invalid(field+".backendService", w.BackendService, "Duplicate backend service.")
		}
		seen[w.BackendService] = true
		if err := checkHeaderAction(field+".headerAction", w.HeaderAction); err != nil {
			return err
		}
	}
	if len(list) > 0 && sum == 0 {
		return invalid(at+".weightedBackendServices", sum, "At least one weight must be non-zero.")
	}
	return nil
}

// checkRewrite checks a URL rewrite. A template rewrite requires a path template with its
// variables.
func checkRewrite(at string, u *compute.UrlRewrite, shape *matchShape) *fault {
	if u == nil {
		return nil
	}
	if u.PathPrefixRewrite != "" && u.PathTemplateRewrite != "" {
		return invalid(at, "", "Only one of pathPrefixRewrite or pathTemplateRewrite may be specified.")
	}
	if len(u.HostRewrite) > 255 || len(u.PathPrefixRewrite) > 1024 || len(u.PathTemplateRewrite) > 255 {
		return invalid(at, "", "A value is too long.")
	}
	if u.PathPrefixRewrite != "" && !strings.HasPrefix(u.PathPrefixRewrite, "/") {
		return invalid(at+".pathPrefixRewrite", u.PathPrefixRewrite, "Must begin with '/'.")
	}
	if u.PathTemplateRewrite == "" {
		return nil
	}
	if shape == nil || !shape.template {
		return invalid(at+".pathTemplateRewrite", u.PathTemplateRewrite, "A corresponding pathTemplateMatch must be specified.")
	}
	return checkTemplateRewrite(at, u.PathTemplateRewrite, shape.vars)
}

// checkFaults allows percentages from 0 to 100 and abort statuses from 200 to 599 (reference of
// HttpFaultAbort).
func checkFaults(at string, f *compute.HttpFaultInjection) *fault {
	if f == nil {
		return nil
	}
	if f.Abort == nil && f.Delay == nil {
		return invalid(at, "", "An abort or a delay must be specified.")
	}
	if a := f.Abort; a != nil && (a.HttpStatus < 200 || a.HttpStatus > 599 || a.Percentage < 0 || a.Percentage > 100) {
		return invalid(at+".abort.httpStatus", a.HttpStatus, "The status must be from 200 to 599 and the percentage from 0 to 100.")
	}
	if d := f.Delay; d != nil && (d.FixedDelay == nil || d.Percentage < 0 || d.Percentage > 100) {
		return invalid(at+".delay", "", "A fixed delay and a percentage from 0 to 100 must be specified.")
	}
	return nil
}

func checkHeaderAction(at string, a *compute.HttpHeaderAction) *fault {
	if a == nil {
		return nil
	}
	for _, list := range [][]*compute.HttpHeaderOption{a.RequestHeadersToAdd, a.ResponseHeadersToAdd} {
		for _, h := range list {
			if !validHeaderName(h.HeaderName) || forbiddenHeader(h.HeaderName) {
				return invalid(at, h.HeaderName, "The header name is invalid or cannot be changed.")
			}
			if strings.ContainsAny(h.HeaderValue, "{}") {
				return notEmulated(at + " (variables)")
			}
		}
	}
	for _, list := range [][]string{a.RequestHeadersToRemove, a.ResponseHeadersToRemove} {
		for _, name := range list {
			if !validHeaderName(name) || forbiddenHeader(name) {
				return invalid(at, name, "The header name is invalid or cannot be changed.")
			}
		}
	}
	return nil
}

// forbiddenHeader reports whether a header cannot be changed: hop-by-hop headers, Host, and
// Google's own headers (page "Custom headers").
func forbiddenHeader(name string) bool {
	lower := strings.ToLower(name)
	switch lower {
	case "host", "authority", "connection", "keep-alive", "transfer-encoding", "te", "upgrade", "proxy-connection", "trailer", "x-user-ip",
		"cdn-loop", "content-length":
		return true
	}
	return strings.HasPrefix(lower, "x-google") || strings.HasPrefix(lower, "x-gfe") || strings.HasPrefix(lower, "x-goog-") || strings.HasPrefix(lower, "x-amz-")
}

func encodeRaw(doc document) []byte {
	raw, _ := json.Marshal(doc)
	return raw
}
