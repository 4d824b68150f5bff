package gcptest

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// filter is the filter expression of a list call (reference of any list method, parameter filter).
// It has comparisons with =, !=, <, >, <=, >= and :, joined by AND, OR, NOT and parentheses, or the
// older form "field eq pattern" or "field ne pattern" with an RE2 pattern for the whole value.
type filter struct {
	root node
}

// node is a part of an expression.
type node interface{ matches(doc document) bool }

func (f filter) match(doc document) bool { return f.root == nil || f.root.matches(doc) }

type (
	allOf  []node
	anyOf  []node
	negate struct{ of node }
	// comparison compares a field with a literal.
	comparison struct {
		field, operator, literal string
		pattern                  *regexp.Regexp
	}
)

func (n allOf) matches(doc document) bool {
	for _, x := range n {
		if !x.matches(doc) {
			return false
		}
	}
	return true
}

func (n anyOf) matches(doc document) bool {
	for _, x := range n {
		if x.matches(doc) {
			return true
		}
	}
	return false
}

func (n negate) matches(doc document) bool { return !n.of.matches(doc) }

func (n comparison) matches(doc document) bool {
	value, present := lookup(doc, n.field)
	switch n.operator {
	case "eq":
		return present && n.pattern.MatchString(value)
	case "ne":
		return !present || !n.pattern.MatchString(value)
	case ":":
		return n.has(value, present)
	case "=":
		return value == n.literal
	case "!=":
		return value != n.literal
	default:
		return present && n.ordered(value)
	}
}

// has is the operator ":". It matches a member that is present ("labels.owner:*"), whose value has
// a prefix ("name:web*"), or whose value contains the literal.
func (n comparison) has(value string, present bool) bool {
	if n.literal == "*" {
		return present
	}
	if prefix, ok := strings.CutSuffix(n.literal, "*"); ok {
		return present && strings.HasPrefix(value, prefix)
	}
	return present && strings.Contains(value, n.literal)
}

func (n comparison) ordered(value string) bool {
	a, errA := strconv.ParseFloat(value, 64)
	b, errB := strconv.ParseFloat(n.literal, 64)
	less, equal := value < n.literal, value == n.literal
	if errA == nil && errB == nil {
		less, equal = a < b, a == b
	}
	switch n.operator {
	case "<":
		return less
	case "<=":
		return less || equal
	case ">":
		return !less && !equal
	default:
		return !less
	}
}

// lookup returns the value of a dotted field: "name", "labels.owner", "httpHealthCheck.port".
func lookup(doc document, field string) (string, bool) {
	var value any = map[string]any(doc)
	for part := range strings.SplitSeq(field, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return "", false
		}
		if value, ok = object[part]; !ok {
			return "", false
		}
	}
	return fmt.Sprint(value), true
}

var errFilter = errors.New("malformed filter")

// parseFilter parses an expression. An empty one matches everything.
func parseFilter(text string) (filter, error) {
	if strings.TrimSpace(text) == "" {
		return filter{}, nil
	}
	if n, ok, err := parseOld(text); ok || err != nil {
		return filter{root: n}, err
	}
	tokens, err := tokenize(text)
	if err != nil {
		return filter{}, err
	}
	p := &filterParser{tokens: tokens}
	root, err := p.or()
	if err != nil || p.at < len(p.tokens) {
		return filter{}, errFilter
	}
	return filter{root: root}, nil
}

// parseOld parses "field eq pattern". The pattern extends to the end of the expression.
func parseOld(text string) (node, bool, error) {
	parts := strings.SplitN(strings.TrimSpace(text), " ", 3)
	if len(parts) != 3 || (parts[1] != "eq" && parts[1] != "ne") {
		return nil, false, nil
	}
	literal := strings.Trim(strings.TrimSpace(parts[2]), `"'`)
	pattern, err := regexp.Compile("^(?:" + literal + ")$")
	if err != nil {
		return nil, false, errFilter
	}
	return comparison{field: parts[0], operator: parts[1], literal: literal, pattern: pattern}, true, nil
}

// tokenize splits an expression into words, operators, parentheses and quoted literals, of which
// only the leading quote remains.
func tokenize(text string) ([]string, error) {
	var out []string
	for text = strings.TrimLeft(text, " \t\n"); text != ""; text = strings.TrimLeft(text, " \t\n") {
		n := tokenLength(text)
		if n == 0 {
			return nil, errFilter
		}
		token := text[:n]
		if token[0] == '"' || token[0] == '\'' {
			token = token[:n-1]
		}
		out = append(out, token)
		text = text[n:]
	}
	return out, nil
}

func tokenLength(text string) int {
	switch {
	case text[0] == '"' || text[0] == '\'':
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return end + 2
		}
		return 0
	case strings.HasPrefix(text, "!=") || strings.HasPrefix(text, "<=") || strings.HasPrefix(text, ">="):
		return 2
	case strings.ContainsRune("()=:<>", rune(text[0])):
		return 1
	}
	if n := strings.IndexAny(text, " \t\n()=:<>!\"'"); n >= 0 {
		return n
	}
	return len(text)
}

// maxFilterDepth bounds nesting, so that no expression can exhaust the stack.
const maxFilterDepth = 50

type filterParser struct {
	tokens []string
	at     int
	depth  int
}

func (p *filterParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *filterParser) next() string {
	t := p.peek()
	p.at++
	return t
}

func (p *filterParser) or() (node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxFilterDepth {
		return nil, errFilter
	}
	var out anyOf
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if p.peek() != "OR" {
			return out, nil
		}
		p.at++
	}
}

// and parses terms with or without AND between them.
func (p *filterParser) and() (node, error) {
	var out allOf
	for {
		n, err := p.term()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if p.peek() == "AND" {
			p.at++
			continue
		}
		if next := p.peek(); next == "" || next == ")" || next == "OR" {
			return out, nil
		}
	}
}

func (p *filterParser) term() (node, error) {
	switch token := p.next(); token {
	case "NOT":
		n, err := p.term()
		return negate{n}, err
	case "(":
		n, err := p.or()
		if err == nil && p.next() != ")" {
			err = errFilter
		}
		return n, err
	default:
		return p.comparison(token)
	}
}

func (p *filterParser) comparison(field string) (node, error) {
	operator := p.next()
	literal := p.next()
	switch operator {
	case "=", "!=", "<", ">", "<=", ">=", ":":
	default:
		return nil, errFilter
	}
	if field == "" || literal == "" || strings.ContainsAny(field, `"'()=:<>!`) {
		return nil, errFilter
	}
	return comparison{field: field, operator: operator, literal: strings.TrimLeft(literal, `"'`)}, nil
}
