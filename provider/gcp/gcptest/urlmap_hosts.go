package gcptest

import (
	"fmt"
	"strings"

	"google.golang.org/api/compute/v1"
)

// hosts checks that hosts are unique, and that every path matcher exists and is used.
func (c *mapCheck) hosts(m *compute.UrlMap) *fault {
	if len(m.HostRules) > maxHostRules || len(m.PathMatchers) > maxPathMatchers {
		return invalid("resource.hostRules", len(m.HostRules), "Too many host rules or path matchers.")
	}
	matchers, used, hosts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, p := range m.PathMatchers {
		if !validName(p.Name) || matchers[p.Name] {
			return invalid(fmt.Sprintf("resource.pathMatchers[%d].name", i), p.Name, "The name must be valid and unique.")
		}
		matchers[p.Name] = true
	}
	for i, r := range m.HostRules {
		at := fmt.Sprintf("resource.hostRules[%d]", i)
		if !matchers[r.PathMatcher] {
			return invalid(at+".pathMatcher", r.PathMatcher, "The path matcher does not exist.")
		}
		used[r.PathMatcher] = true
		if err := checkHosts(at, r.Hosts, hosts); err != nil {
			return err
		}
	}
	for i, p := range m.PathMatchers {
		if !used[p.Name] {
			return invalid(fmt.Sprintf("resource.pathMatchers[%d].name", i), p.Name, "The path matcher is not used by any host rule.")
		}
	}
	return nil
}

func checkHosts(at string, hosts []string, seen map[string]bool) *fault {
	if len(hosts) == 0 {
		return required(at + ".hosts")
	}
	for i, h := range hosts {
		field := fmt.Sprintf("%s.hosts[%d]", at, i)
		if err := checkHost(field, h); err != nil {
			return err
		}
		if seen[strings.ToLower(h)] {
			return invalid(field, h, "Duplicate host in host rules.")
		}
		seen[strings.ToLower(h)] = true
	}
	return nil
}

// checkHost requires a hostname, or a star that is alone or followed by "-" or "." (reference of
// HostRule.hosts). Ports are not emulated.
func checkHost(field, host string) *fault {
	if host == "*" {
		return nil
	}
	name := host
	if rest, ok := strings.CutPrefix(host, "*"); ok {
		if rest[0] != '.' && rest[0] != '-' {
			return invalid(field, host, "A wildcard must be followed by '-' or '.'.")
		}
		name = "x" + rest
	}
	if strings.Contains(name, ":") {
		return notEmulated(field + " (port)")
	}
	if len(host) > 255 || strings.ContainsFunc(name, func(r rune) bool { return !hostRune(r) }) || strings.Contains(name, "..") || strings.HasSuffix(name, ".") || strings.HasPrefix(name, ".") {
		return invalid(field, host, "Must be a valid hostname.")
	}
	return nil
}

// hostRune reports whether a host may contain r. Unverified: upper case is rejected. The reference
// only lists the characters that a star matches, which are in lower case.
func hostRune(r rune) bool {
	return r == '-' || r == '.' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z')
}
