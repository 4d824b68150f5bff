package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// priorityStep is the distance between the priorities of rules. It leaves room to move a rule that
// is about to be deleted out of the way without changing the order.
const priorityStep = 10

// The limits of one rule ("Quotas for your Application Load Balancers"; conditions: API reference).
const (
	maxValues   = 5
	maxText     = 128
	maxForwards = 5
	maxWeight   = 999
)

// ruleSet collects the rules of one listener in their order.
type ruleSet struct {
	t                 *translation
	listener          provider.Key
	place, writeScope string // of all its rules
	seen              map[string]bool
	out               []provider.Resource
}

func newRuleSet(t *translation, listener provider.Key) *ruleSet {
	k := ruleKey(listener, "")
	return &ruleSet{t: t, listener: listener, place: k.Place, writeScope: writeScope(k), seen: map[string]bool{}}
}

// entries adds one rule for each entry of a listener. Their order gives the priorities.
func (s *ruleSet) entries(l *model.Listener, entries []model.Entry) error {
	for i := range entries {
		e := &entries[i]
		action, err := s.t.action(l, "route "+e.Route.Name, e.Route.Action)
		if err != nil {
			return err
		}
		if err := s.add(l, e.Host, e.Match, action, []model.Ref{e.Route.Origin}); err != nil {
			return err
		}
	}
	return nil
}

// add adds a rule, unless an earlier rule has the same conditions, so that it would never match.
func (s *ruleSet) add(l *model.Listener, h model.Host, m model.Match, action ActionSpec, origin []model.Ref) error {
	conditions, err := conditions(l, h, m)
	if err != nil {
		return s.t.refuse("listener "+l.Name+", host "+h.String()+", path "+m.Path.Value, "%w", err)
	}
	name := ruleName(conditions)
	if s.seen[name] {
		return nil
	}
	s.seen[name] = true
	k := provider.Key{Kind: KindRule, Place: s.place, Name: name}
	spec := RuleSpec{Priority: priorityStep * len(s.seen), Conditions: conditions, Action: action}
	s.out = append(s.out, provider.Resource{
		Key: k, WriteScope: s.writeScope, Needs: provider.SortKeys(append(targetGroupKeys(action), s.listener)), DeletedWith: s.listener,
		Owner: s.t.owner, Origin: origin, Spec: spec,
	})
	return nil
}

// conditions returns the conditions for one host and one match. A rule needs at least one
// condition. If there is no other, it is a path pattern that matches every path.
func conditions(l *model.Listener, h model.Host, m model.Match) ([]Condition, error) {
	var all []Condition
	if c, ok := hostCondition(l, h); ok {
		all = append(all, c)
	}
	others := valueConditions(m)
	if c, ok := pathCondition(m.Path, len(all)+len(others)); ok {
		all = append(all, c)
	}
	all = append(all, others...)
	if len(all) == 0 {
		all = []Condition{{Field: "path-pattern", Values: []string{"*"}}}
	}
	sortConditions(all)
	return all, checkConditions(all)
}

// hostCondition returns the condition for a host. It is a plain value if that means the same, and
// else a regular expression. A load balancer compares the Host header as it is, including the port
// that clients send unless it is the default of the protocol, and its "*" also matches dots.
// Unverified: that regular expressions support (?i). The page lists only what they do not support
// ("Transforms for listener rules").
func hostCondition(l *model.Listener, h model.Host) (Condition, bool) {
	if h.IsAny() {
		return Condition{}, false
	}
	defaultPort := l.Protocol == model.HTTP && l.Port == 80 || l.Protocol == model.HTTPS && l.Port == 443
	c := Condition{Field: "host-header"}
	plain, before := h.Name, ""
	switch h.Wildcard {
	case model.NoWildcard:
	case model.OneLabel:
		plain, before = "", `[^.]+\.`
	case model.AnyLabels:
		plain, before = "*."+plain, `[^:]+\.`
	}
	if defaultPort && isHostPattern(plain) {
		c.Values = []string{plain}
	} else {
		c.Regexes = []string{`(?i)^` + before + regexp.QuoteMeta(h.Name) + `(:[0-9]+)?$`}
	}
	return c, true
}

// isHostPattern reports whether a host can be a plain value: it needs a dot, and only letters after
// the last one (HostHeaderConditionConfig).
func isHostPattern(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || len(s) > maxText {
		return false
	}
	return strings.IndexFunc(s[dot+1:], func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

// pathCondition returns the condition for a path. Plain values are used if they can express the
// path and the rule has room for them; others is the number of the values of its other conditions.
func pathCondition(p model.PathMatch, others int) (Condition, bool) {
	c := Condition{Field: "path-pattern"}
	switch p.Type {
	case model.PathExact:
		if isPathPattern(p.Value) {
			c.Values = []string{p.Value}
		} else {
			c.Regexes = []string{"^" + regexp.QuoteMeta(p.Value) + "$"}
		}
	case model.PathRegexp:
		c.Regexes = []string{"^(?:" + p.Value + ")$"}
	case model.PathPrefix, "":
		prefix := strings.TrimSuffix(p.Value, "/")
		switch {
		case prefix == "":
			return c, false
		case isPathPattern(prefix) && others+2 <= maxValues:
			c.Values = []string{prefix, prefix + "/*"}
		default:
			c.Regexes = []string{"^" + regexp.QuoteMeta(prefix) + "(/.*)?$"}
		}
	}
	return c, true
}

// isPathPattern reports whether a path can be a plain value, even with "/*" appended: it has only
// characters that are allowed and are no wildcards (RuleCondition, Values).
func isPathPattern(s string) bool {
	return len(s) <= maxText-2 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(`_-.$/~"'@:+&`, r))
	}) < 0
}

// valueConditions returns the conditions for method, headers and query parameters. Header values
// are compared by regular expressions, because plain values ignore case.
func valueConditions(m model.Match) []Condition {
	var all []Condition
	if m.Method != "" {
		all = append(all, Condition{Field: "http-request-method", Values: []string{m.Method}})
	}
	for _, h := range m.Headers {
		c := Condition{Field: "http-header", Name: h.Name}
		if h.Type == model.ValuePresent {
			c.Values = []string{"*"}
		} else {
			c.Regexes = []string{"^" + regexp.QuoteMeta(h.Value) + "$"}
		}
		all = append(all, c)
	}
	literal := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)
	for _, q := range m.Query {
		c := Condition{Field: "query-string", Name: literal.Replace(q.Name), Values: []string{"*"}}
		if q.Type != model.ValuePresent {
			c.Values = []string{literal.Replace(q.Value)}
		}
		all = append(all, c)
	}
	return all
}

func checkConditions(all []Condition) error {
	values := 0
	for _, c := range all {
		values += len(c.Values) + len(c.Regexes)
		for _, text := range slices.Concat(c.Values, c.Regexes, []string{c.Name}) {
			if len(text) > maxText {
				return fmt.Errorf("%s: %q is longer than %d characters", c.Field, text, maxText)
			}
		}
		if c.Field == "http-header" && (len(c.Name) > 40 || strings.EqualFold(c.Name, "host")) {
			return fmt.Errorf("%s: %q is the host header, or longer than 40 characters", c.Field, c.Name)
		}
		if c.Field == "query-string" && c.Values[0] == "" {
			return fmt.Errorf("%s: the value of %q is empty", c.Field, c.Name)
		}
	}
	if values > maxValues {
		return fmt.Errorf("%d condition values, but a rule can have at most %d", values, maxValues)
	}
	return nil
}

// action translates an action.
func (t *translation) action(l *model.Listener, part string, a model.Action) (ActionSpec, error) {
	switch {
	case a.Forward != nil:
		return t.forward(part, a.Forward)
	case a.Redirect != nil:
		return t.redirect(l, part, a.Redirect)
	case a.Fixed != nil:
		return t.fixed(part, a.Fixed)
	default:
		return ActionSpec{Fixed: &FixedSpec{Status: "404"}}, nil
	}
}

// forward translates weights to whole numbers of at most 999 (TargetGroupTuple). If all weights are
// 0, the action is a response with status 503.
func (t *translation) forward(part string, f *model.Forward) (ActionSpec, error) {
	divisor := f.WeightDivisor()
	if divisor == 0 {
		return ActionSpec{Fixed: &FixedSpec{Status: "503"}}, nil
	}
	var shares []Share
	for _, w := range f.Groups {
		shares = append(shares, Share{Group: t.groups[w.Group].Name, Weight: w.Weight / divisor})
		if w.Weight/divisor > maxWeight {
			return ActionSpec{}, t.refuse(part, "weight %d of %s is more than %d, even if reduced", w.Weight, w.Group, maxWeight)
		}
	}
	if len(shares) > maxForwards {
		return ActionSpec{}, t.refuse(part, "%d groups, but a forward action can have at most %d", len(shares), maxForwards)
	}
	slices.SortFunc(shares, func(a, b Share) int { return strings.Compare(a.Group, b.Group) })
	return ActionSpec{Forward: shares}, nil
}

// redirect translates a redirect. What it does not set stays as in the request. It must change
// something, and must not lead from HTTPS to HTTP (RedirectActionConfig).
func (t *translation) redirect(l *model.Listener, part string, r *model.Redirect) (ActionSpec, error) {
	spec := RedirectSpec{Protocol: "#{protocol}", Host: "#{host}", Port: "#{port}", Path: "/#{path}", Status: "HTTP_" + strconv.Itoa(r.Status)}
	if r.Host != "" {
		spec.Host = r.Host
	}
	if r.Scheme != "" {
		spec.Protocol = strings.ToUpper(r.Scheme)
		spec.Port = map[string]string{"HTTP": "80", "HTTPS": "443"}[spec.Protocol]
	}
	if r.Port != 0 {
		spec.Port = strconv.Itoa(r.Port)
	}
	protocol := string(l.Protocol)
	switch {
	case protocol == "HTTPS" && spec.Protocol == "HTTP":
		return ActionSpec{}, t.refuse(part, "an Application Load Balancer does not redirect from HTTPS to HTTP")
	case spec.Host == "#{host}" && (spec.Protocol == "#{protocol}" || spec.Protocol == protocol) && (spec.Port == "#{port}" || spec.Port == strconv.Itoa(l.Port)):
		return ActionSpec{}, t.refuse(part, "the redirect leads back to the same URL")
	case len(spec.Host) > maxText:
		return ActionSpec{}, t.refuse(part, "host %q is longer than %d characters", spec.Host, maxText)
	}
	return ActionSpec{Redirect: &spec}, nil
}

// fixed translates a fixed response. FixedResponseActionConfig allows 2XX, 4XX and 5XX, a body of
// up to 1,024 characters, and five content types.
func (t *translation) fixed(part string, f *model.Fixed) (ActionSpec, error) {
	types := []string{"", "text/plain", "text/css", "text/html", "application/javascript", "application/json"}
	switch {
	case f.Status/100 != 2 && f.Status/100 != 4 && f.Status/100 != 5:
		return ActionSpec{}, t.refuse(part, "status %d of a fixed response is not 2XX, 4XX or 5XX", f.Status)
	case len(f.Body) > 1024:
		return ActionSpec{}, t.refuse(part, "the body of a fixed response is longer than 1,024 characters")
	case !slices.Contains(types, f.ContentType):
		return ActionSpec{}, t.refuse(part, "content type %q of a fixed response is not one of %v", f.ContentType, types[1:])
	}
	return ActionSpec{Fixed: &FixedSpec{Status: strconv.Itoa(f.Status), ContentType: f.ContentType, Body: f.Body}}, nil
}
