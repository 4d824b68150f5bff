package model

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxPath is the longest path or regular expression in bytes, as in the Gateway API
// (HTTPPathMatch).
const maxPath = 1024

// PathMatches reports whether a raw path (escaped, without query) meets m. An empty path is "/".
func PathMatches(m PathMatch, path string) bool {
	path = requestPath(path)
	switch m.Type {
	case PathExact:
		return path == m.Value
	case PathPrefix:
		return hasPathPrefix(path, m.Value)
	case PathRegexp:
		re, err := compileWhole(m.Value)
		return err == nil && re.MatchString(path)
	default:
		return m.Type == "" && hasPathPrefix(path, "/")
	}
}

func requestPath(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// hasPathPrefix compares element by element, without the final slash of the prefix. "/" matches
// everything, including the "*" of an OPTIONS request.
func hasPathPrefix(path, prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (prefix == "" || rest == "" || rest[0] == '/')
}

// RewritePath returns the path that reaches the backend, or that a redirect goes to, for a request
// for path that met m. A replaced prefix leaves one slash before the rest of the path (Gateway API,
// HTTPPathModifier).
func RewritePath(rw PathRewrite, m PathMatch, path string) string {
	path = requestPath(path)
	if !rw.Prefix {
		return requestPath(rw.Value)
	}
	rest := strings.TrimPrefix(path, strings.TrimSuffix(m.Value, "/"))
	if rest == "" {
		return requestPath(rw.Value)
	}
	return strings.TrimSuffix(rw.Value, "/") + rest
}

// compileWhole compiles a regular expression that must match the whole text. The expression must be
// complete by itself, so that "a)(b" is refused.
func compileWhole(expr string) (*regexp.Regexp, error) {
	if len(expr) > maxPath {
		return nil, fmt.Errorf("longer than %d bytes", maxPath)
	}
	if _, err := regexp.Compile(expr); err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	re, err := regexp.Compile(`^(?:` + expr + `)$`)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return re, nil
}

// checkPath allows a literal path that both Ingress and Gateway API allow: it begins with "/", has
// only the characters of a URI path (RFC 3986 section 3.3), and has neither empty segments, dot
// segments nor an escaped slash, which proxies and servers read in different ways.
func checkPath(p string) error {
	if !strings.HasPrefix(p, "/") {
		return errors.New(`does not begin with "/"`)
	}
	if len(p) > maxPath {
		return fmt.Errorf("longer than %d bytes", maxPath)
	}
	if err := checkPathBytes(p); err != nil {
		return err
	}
	if strings.Contains(p, "//") {
		return errors.New("has an empty segment")
	}
	return checkDots(p)
}

func checkPathBytes(p string) error {
	for i := range len(p) {
		if p[i] == '%' {
			if err := checkEscape(p[i:]); err != nil {
				return err
			}
			continue
		}
		if !isPathByte(p[i]) {
			return fmt.Errorf("has the character %q", rune(p[i]))
		}
	}
	return nil
}

func checkEscape(s string) error {
	if len(s) < 3 || !isHex(s[1]) || !isHex(s[2]) {
		return errors.New("has a percent sign that escapes nothing")
	}
	if strings.EqualFold(s[:3], "%2f") {
		return errors.New("has an escaped slash")
	}
	return nil
}

func checkDots(p string) error {
	if !strings.Contains(p, "/.") {
		return nil
	}
	for element := range strings.SplitSeq(p, "/") {
		if element == "." || element == ".." {
			return errors.New("has a dot segment")
		}
	}
	return nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func isPathByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-/._~!$&'()*+,;=:@", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
