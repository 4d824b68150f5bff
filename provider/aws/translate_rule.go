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

// priorityStep leaves room between rules, so that those which are about to go can be moved aside
// and keep their place in the order.
const priorityStep = 10

// The bounds of one rule ("Quotas for your Application Load Balancers"; conditions: API reference).
const (
	maxValues   = 5
	maxText     = 128
	maxForwards = 5
	maxWeight   = 999
)

// ruleSet gathers the rules of one listener in their order.
type ruleSet struct {
	t           *translation
	listener    provider.Key
	place, unit string // of all its rules
	seen        map[string]bool
	out         []provider.Resource
}

func newRuleSet(t *translation, listener provider.Key) *ruleSet {
	k := ruleKey(listener, "")
	return &ruleSet{t: t, listener: listener, place: k.Place, unit: unit(k), seen: map[string]bool{}}
}

// entries adds one rule for each entry of a listener: the total order is the order of priorities.
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

// add adds a rule. What asks for the same as an earlier one is never reached, and left out.
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
		Key: k, WriteScope: s.unit, Needs: sortedNeeds(append(groupKeys(action), s.listener)...), Owner: s.t.owner, Origin: origin, Spec: spec,
	})
	return nil
}

// conditions are those of one host and one match. A rule needs at least one: the path that begins
// with a slash, or is the "*" of an OPTIONS request.
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

// hostCondition compares the host. A load balancer compares the Host header as it came, with its
// port, which clients send where it is not the protocol's own; and its "*" spans dots. Where that
// matters a regular expression says what is meant, else a plain value does. Unverified: that
// regular expressions take (?i); AWS's page lists only what they do not take ("Transforms for
// listener rules").
func hostCondition(l *model.Listener, h model.Host) (Condition, bool) {
	if h.IsAny() {
		return Condition{}, false
	}
	ownPort := l.Protocol == model.HTTP && l.Port == 80 || l.Protocol == model.HTTPS && l.Port == 443
	c := Condition{Field: "host-header"}
	plain, before := h.Name, ""
	switch h.Wildcard {
	case model.NoWildcard:
	case model.OneLabel:
		plain, before = "", `[^.]+\.`
	case model.AnyLabels:
		plain, before = "*."+plain, `[^:]+\.`
	}
	if ownPort && isHostPattern(plain) {
		c.Values = []string{plain}
	} else {
		c.Regexes = []string{`(?i)^` + before + regexp.QuoteMeta(h.Name) + `(:[0-9]+)?$`}
	}
	return c, true
}

// isHostPattern tells whether a host can be a plain value: a dot, and only letters after the last
// one (HostHeaderConditionConfig).
func isHostPattern(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || len(s) > maxText {
		return false
	}
	return strings.IndexFunc(s[dot+1:], func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

// pathCondition compares the path; others is how many values the rule has besides. Plain patterns
// are used where the path has no character that they do not take or that is a wildcard, and the
// values suffice.
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

// isPathPattern tells whether a path can be a plain value (RuleCondition, Values), with two
// characters to spare.
func isPathPattern(s string) bool {
	return len(s) <= maxText-2 && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(`_-.$/~"'@:+&`, r))
	}) < 0
}

// valueConditions are those of method, headers and query parameters. Header values are compared by
// regular expressions, because plain ones do not heed case.
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
			return fmt.Errorf("%s: %q is the host, or longer than 40 characters", c.Field, c.Name)
		}
		if c.Field == "query-string" && c.Values[0] == "" {
			return fmt.Errorf("%s: %q is compared with an empty value", c.Field, c.Name)
		}
	}
	if values > maxValues {
		return fmt.Errorf("%d condition values, a rule can have %d", values, maxValues)
	}
	return nil
}

// action translates what becomes of a request.
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

// forward shares requests by weight, as whole numbers up to 999 (TargetGroupTuple). Without any
// weight it is 503.
func (t *translation) forward(part string, f *model.Forward) (ActionSpec, error) {
	divisor := 0
	for _, w := range f.Groups {
		divisor = gcd(divisor, w.Weight)
	}
	if divisor == 0 {
		return ActionSpec{Fixed: &FixedSpec{Status: "503"}}, nil
	}
	var shares []Share
	for _, w := range f.Groups {
		shares = append(shares, Share{Group: t.groups[w.Group].Name, Weight: w.Weight / divisor})
		if w.Weight/divisor > maxWeight {
			return ActionSpec{}, t.refuse(part, "weight %d of %s is over %d even when reduced", w.Weight, w.Group, maxWeight)
		}
	}
	if len(shares) > maxForwards {
		return ActionSpec{}, t.refuse(part, "%d groups, a forward can have %d", len(shares), maxForwards)
	}
	slices.SortFunc(shares, func(a, b Share) int { return strings.Compare(a.Group, b.Group) })
	return ActionSpec{Forward: shares}, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// redirect keeps what is not said. A redirect must change something, and must not lead from HTTPS
// to HTTP (RedirectActionConfig).
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
		return ActionSpec{}, t.refuse(part, "the redirect leads back to where it came from")
	case len(spec.Host) > maxText:
		return ActionSpec{}, t.refuse(part, "host %q is longer than %d characters", spec.Host, maxText)
	}
	return ActionSpec{Redirect: &spec}, nil
}

// fixed is within FixedResponseActionConfig's bounds: 2XX, 4XX or 5XX, up to 1,024 characters of
// five types.
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
