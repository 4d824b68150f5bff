package gcptest

import (
	"errors"
	"strings"
)

// template is a pathTemplateMatch: literals, "*" for one segment, "**" for any number of segments,
// and named variables of both. It has at most 5 operators, and "**" only at the end (reference of
// HttpRouteRuleMatch.pathTemplateMatch).
type template []piece

type piece struct {
	literal string
	// name is that of a variable. operator is "", "*" or "**".
	name, operator string
}

var (
	errTemplateStart  = errors.New("the pattern must start with '/' and be at most 1024 characters long")
	errTemplateSyntax = errors.New("malformed variable or wildcard")
	errTemplateMany   = errors.New("no more than 5 operators may appear, and '**' must be the last one")
)

// parseTemplate parses a pattern. Unverified: a segment cannot combine a literal and an operator.
func parseTemplate(pattern string) (template, error) {
	if !strings.HasPrefix(pattern, "/") || len(pattern) > 1024 {
		return nil, errTemplateStart
	}
	var out template
	operators := 0
	segments := strings.Split(pattern[1:], "/")
	for i, s := range segments {
		p, err := parsePiece(s)
		if err != nil {
			return nil, err
		}
		if p.operator != "" {
			operators++
		}
		if operators > 5 || (p.operator == "**" && i != len(segments)-1) {
			return nil, errTemplateMany
		}
		if p.name != "" && out.names()[p.name] {
			return nil, errTemplateSyntax
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePiece(s string) (piece, error) {
	switch {
	case s == "*" || s == "**":
		return piece{operator: s}, nil
	case strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}"):
		name, operator, found := strings.Cut(s[1:len(s)-1], "=")
		if !found {
			operator = "*"
		}
		if !variableName(name) || (operator != "*" && operator != "**") {
			return piece{}, errTemplateSyntax
		}
		return piece{name: name, operator: operator}, nil
	case strings.ContainsAny(s, "{}*?#"):
		return piece{}, errTemplateSyntax
	default:
		return piece{literal: s}, nil
	}
}

func variableName(name string) bool {
	for i, r := range name {
		letter := r == '_' || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 16
}

func (t template) names() map[string]bool {
	out := map[string]bool{}
	for _, p := range t {
		if p.name != "" {
			out[p.name] = true
		}
	}
	return out
}

// match reports whether a path matches, and returns the values of the variables.
func (t template) match(path string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range t {
		if p.operator == "**" {
			vars[p.name] = rest
			return vars, true
		}
		segment, tail, more := strings.Cut(rest, "/")
		if (p.operator == "" && segment != p.literal) || (p.operator == "*" && segment == "") {
			return nil, false
		}
		if p.name != "" {
			vars[p.name] = segment
		}
		// A final "**" matches nothing too. The slash before it is then optional.
		last := i == len(t)-1
		if !more && !last && (i != len(t)-2 || t[i+1].operator != "**") || more && last {
			return nil, false
		}
		rest = tail
	}
	return vars, true
}

// checkTemplateRewrite checks that a rewrite starts with a slash and only names variables of the
// match, which must have one (reference of UrlRewrite.pathTemplateRewrite).
func checkTemplateRewrite(at, rewrite string, vars map[string]bool) *fault {
	names, ok := rewriteNames(rewrite)
	if !strings.HasPrefix(rewrite, "/") || !ok || len(vars) == 0 {
		return invalid(at+".pathTemplateRewrite", rewrite, "Must begin with '/', and the match must have a variable.")
	}
	for _, name := range names {
		if !vars[name] {
			return invalid(at+".pathTemplateRewrite", rewrite, "Variable '"+name+"' does not exist in pathTemplateMatch.")
		}
	}
	return nil
}

func rewriteNames(rewrite string) ([]string, bool) {
	var out []string
	for rest := rewrite; ; {
		before, after, found := strings.Cut(rest, "{")
		if strings.ContainsAny(before, "}*") {
			return nil, false
		}
		if !found {
			return out, true
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || !variableName(name) {
			return nil, false
		}
		out, rest = append(out, name), tail
	}
}

// fillTemplate replaces the variables in a rewrite by their values.
func fillTemplate(rewrite string, vars map[string]string) string {
	pairs := make([]string, 0, 2*len(vars))
	for name, value := range vars {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(rewrite)
}
