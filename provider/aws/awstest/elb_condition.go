package awstest

import (
	"net/netip"
	"regexp"
	"strings"
)

// normalizeConditions checks the conditions of a rule ("Condition types for listener rules") and
// returns the form of responses, which have host and path values both in Values and in the config
// of the field.
func normalizeConditions(conditions []elbCondition) ([]elbCondition, error) {
	if len(conditions) == 0 {
		return nil, invalid("A rule must have at least one condition")
	}
	var normalized []elbCondition
	seen := map[string]bool{}
	values, wildcards := 0, 0
	for _, c := range conditions {
		if seen[c.Field] && c.Field != "http-header" && c.Field != "query-string" {
			return nil, invalid("A rule can have at most one condition on '%s'", c.Field)
		}
		seen[c.Field] = true
		c, err := normalizeCondition(c)
		if err != nil {
			return nil, err
		}
		v, w := countValues(c)
		values, wildcards = values+v, wildcards+w
		normalized = append(normalized, c)
	}
	if values > maxConditionValues {
		return nil, invalid("A rule can have at most '%d' condition values, got '%d'", maxConditionValues, values)
	}
	if wildcards > maxWildcards {
		return nil, invalid("A rule can have at most '%d' wildcards, got '%d'", maxWildcards, wildcards)
	}
	return normalized, nil
}

func normalizeCondition(c elbCondition) (elbCondition, error) {
	if countSet(c.HostHeaderConfig != nil, c.PathPatternConfig != nil, c.HttpHeaderConfig != nil, c.QueryStringConfig != nil,
		c.HttpRequestMethodConfig != nil, c.SourceIpConfig != nil) > 1 {
		return c, invalid("A condition can have only one configuration")
	}
	switch c.Field {
	case "host-header":
		return normalizePatterns(c, &c.HostHeaderConfig, checkHostPattern)
	case "path-pattern":
		return normalizePatterns(c, &c.PathPatternConfig, checkPathPattern)
	case "http-header":
		return c, checkHeaderCondition(c)
	case "query-string":
		return c, checkQueryCondition(c)
	case "http-request-method":
		return c, checkMethodCondition(c)
	case "source-ip":
		return c, checkSourceCondition(c)
	default:
		return c, invalid("Condition field '%s' must be one of '[path-pattern, host-header, http-header, query-string, http-request-method, source-ip]'", c.Field)
	}
}

// normalizePatterns normalizes host-header and path-pattern, which may have a single value without
// the config of the field.
func normalizePatterns(c elbCondition, config **elbPatterns, check func(string) error) (elbCondition, error) {
	if *config == nil && len(c.Values) > 1 {
		return c, invalid("Without a configuration a condition on '%s' can have only one value", c.Field)
	}
	if *config != nil && (len(c.Values) > 0 || len(c.RegexValues) > 0) {
		return c, invalid("A condition on '%s' must have its values in one place", c.Field)
	}
	patterns := elbPatterns{Values: c.Values, RegexValues: c.RegexValues}
	if *config != nil {
		patterns = **config
	}
	if err := checkEither(c.Field, patterns.Values, patterns.RegexValues); err != nil {
		return c, err
	}
	for _, value := range patterns.Values {
		if err := check(value); err != nil {
			return c, err
		}
	}
	fresh := elbCondition{Field: c.Field, Values: patterns.Values, RegexValues: patterns.RegexValues}
	if c.Field == "host-header" {
		fresh.HostHeaderConfig = &patterns
	} else {
		fresh.PathPatternConfig = &patterns
	}
	return fresh, nil
}

// checkEither checks the number and the length of values or regular expressions. Unverified: that
// both at once are rejected.
func checkEither(field string, values, regexes []string) error {
	if (len(values) == 0) == (len(regexes) == 0) {
		return invalid("A condition on '%s' must have either values or regular expressions", field)
	}
	if err := checkValueCount(field, len(values)+len(regexes), maxValuesPerCondition); err != nil {
		return err
	}
	for _, regex := range regexes {
		if len(regex) > 128 || regex == "" {
			return invalid("A regular expression of a condition on '%s' must have 1 to 128 characters", field)
		}
		if _, err := regexp.Compile(regex); err != nil {
			return invalid("'%s' is not a regular expression: %v", regex, err)
		}
	}
	return nil
}

func checkValueCount(field string, n, limit int) error {
	if n == 0 {
		return invalid("A condition value must be specified for '%s'", field)
	}
	if n > limit {
		return invalid("A condition on '%s' can have at most '%d' values", field, limit)
	}
	return nil
}

// checkHostPattern checks for up to 128 letters, digits, - . * ?, with a dot, and only letters
// after the last one (HostHeaderConditionConfig).
func checkHostPattern(v string) error {
	ok := v != "" && len(v) <= 128 && all(v, func(r rune) bool { return isAlnum(r) || strings.ContainsRune("-.*?", r) })
	dot := strings.LastIndexByte(v, '.')
	if !ok || dot < 0 {
		return invalid("Condition value '%s' is not a valid host name", v)
	}
	// "Only alphabetical characters after the final dot": no wildcards either. Unverified: that an
	// empty last label is rejected.
	if last := v[dot+1:]; last == "" || !all(last, func(r rune) bool { return isAlnum(r) && (r < '0' || r > '9') }) {
		return invalid("Condition value '%s' must have only letters after its last dot", v)
	}
	return nil
}

// checkPathPattern checks for up to 128 letters, digits and _ - . $ / ~ " ' @ : + & * ?
// (RuleCondition, Values). Unverified: that a pattern must begin with "/" or a wildcard.
func checkPathPattern(v string) error {
	ok := v != "" && len(v) <= 128 && all(v, func(r rune) bool { return isAlnum(r) || strings.ContainsRune(`_-.$/~"'@:+&*?`, r) })
	if !ok {
		return invalid("Condition value '%s' contains a character that is not valid, or is longer than 128", v)
	}
	if !strings.ContainsRune("/*?", rune(v[0])) {
		return invalid("Condition value '%s' must begin with '/'", v)
	}
	return nil
}

func checkHeaderCondition(c elbCondition) error {
	h := c.HttpHeaderConfig
	if h == nil || len(c.Values) > 0 || len(c.RegexValues) > 0 {
		return invalid("A condition on 'http-header' must have its values in HttpHeaderConfig")
	}
	if h.HttpHeaderName == "" || len(h.HttpHeaderName) > 40 || !all(h.HttpHeaderName, isTokenRune) {
		return invalid("The HTTP header name '%s' is not valid", h.HttpHeaderName)
	}
	if strings.EqualFold(h.HttpHeaderName, "host") {
		return invalid("An HTTP header condition cannot specify the host header")
	}
	if err := checkEither(c.Field, h.Values, h.RegexValues); err != nil {
		return err
	}
	return checkStrings(c.Field, h.Values)
}

// isTokenRune reports whether r is a character of a token (RFC 7230, 3.2.6), except "*": names have
// no wildcards.
func isTokenRune(r rune) bool { return isAlnum(r) || strings.ContainsRune("!#$%&'+-.^_`|~", r) }

// checkStrings checks for 1 to 128 visible ASCII characters or spaces ("Rules apply only to visible
// ASCII characters").
func checkStrings(field string, values []string) error {
	for _, v := range values {
		if v == "" || len(v) > 128 || !all(v, func(r rune) bool { return r >= ' ' && r <= '~' }) {
			return invalid("Condition value '%s' of '%s' must have 1 to 128 visible characters", v, field)
		}
	}
	return nil
}

func checkQueryCondition(c elbCondition) error {
	q := c.QueryStringConfig
	if q == nil || len(c.Values) > 0 || len(c.RegexValues) > 0 {
		return invalid("A condition on 'query-string' must have its values in QueryStringConfig")
	}
	if err := checkValueCount(c.Field, len(q.Values), maxValuesPerCondition); err != nil {
		return err
	}
	for _, kv := range q.Values {
		if kv.Key != "" {
			if err := checkStrings(c.Field, []string{kv.Key}); err != nil {
				return err
			}
		}
		if err := checkStrings(c.Field, []string{kv.Value}); err != nil {
			return err
		}
	}
	return nil
}

func checkMethodCondition(c elbCondition) error {
	m := c.HttpRequestMethodConfig
	if m == nil || len(c.Values) > 0 || len(c.RegexValues) > 0 {
		return invalid("A condition on 'http-request-method' must have its values in HttpRequestMethodConfig")
	}
	for _, v := range m.Values {
		if v == "" || len(v) > 40 || !all(v, func(r rune) bool { return r >= 'A' && r <= 'Z' || r == '-' || r == '_' }) {
			return invalid("The HTTP request method '%s' is not valid", v)
		}
	}
	return checkValueCount(c.Field, len(m.Values), maxValuesPerCondition)
}

func checkSourceCondition(c elbCondition) error {
	src := c.SourceIpConfig
	if src == nil || len(c.Values) > 0 || len(c.RegexValues) > 0 {
		return invalid("A condition on 'source-ip' must have its values in SourceIpConfig")
	}
	for _, v := range src.Values {
		prefix, err := netip.ParsePrefix(v)
		if err != nil || prefix.Masked() != prefix {
			return invalid("'%s' is not a valid CIDR block", v)
		}
	}
	return checkValueCount(c.Field, len(src.Values), maxConditionValues)
}

// countValues counts the values and wildcards of a condition, for the quotas of its rule.
// Unverified: that a key/value pair of a query string is one value.
func countValues(c elbCondition) (values, wildcards int) {
	var texts []string
	switch {
	case c.HostHeaderConfig != nil:
		texts = c.HostHeaderConfig.Values
		values = len(c.HostHeaderConfig.RegexValues)
	case c.PathPatternConfig != nil:
		texts = c.PathPatternConfig.Values
		values = len(c.PathPatternConfig.RegexValues)
	case c.HttpHeaderConfig != nil:
		texts = c.HttpHeaderConfig.Values
		values = len(c.HttpHeaderConfig.RegexValues)
	case c.QueryStringConfig != nil:
		for _, kv := range c.QueryStringConfig.Values {
			texts = append(texts, kv.Key+"="+kv.Value)
		}
	case c.HttpRequestMethodConfig != nil:
		return len(c.HttpRequestMethodConfig.Values), 0
	case c.SourceIpConfig != nil:
		return len(c.SourceIpConfig.Values), 0
	}
	for _, text := range texts {
		wildcards += strings.Count(text, "*") + strings.Count(text, "?")
	}
	return values + len(texts), wildcards
}
