package kube

import (
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
)

// The bounds of durations. They are the widest that any of the clouds takes, or a week.
const (
	minTimeout  = time.Second
	maxTimeout  = 24 * time.Hour
	maxDraining = time.Hour
	maxInterval = 5 * time.Minute
	maxAffinity = 168 * time.Hour
)

// setter changes settings by a value that was found valid.
type setter = func(*settings)

// when is a setter, or nil.
func when(ok bool, set setter) (setter, bool) {
	if !ok {
		return nil, false
	}
	return set, true
}

// parseScheme takes what is malformed for internal, so that a slip exposes nothing to the internet.
func parseScheme(value string) (setter, bool) {
	scheme, ok := model.Scheme(value), value == string(model.InternetFacing) || value == string(model.Internal)
	if !ok {
		scheme = model.Internal
	}
	return func(s *settings) { s.scheme = scheme }, ok
}

type durationField = *time.Duration

// oneOf takes one of some words.
func oneOf[T ~string](set func(*settings, T), words ...T) func(string) (setter, bool) {
	return func(value string) (setter, bool) {
		for _, w := range words {
			if value == string(w) {
				return func(s *settings) { set(s, w) }, true
			}
		}
		return nil, false
	}
}

// list takes words separated by commas, at most of them.
func list(most int, set func(*settings, []string)) func(string) (setter, bool) {
	return func(value string) (setter, bool) {
		words, ok := split(value, most)
		return when(ok, func(s *settings) { set(s, words) })
	}
}

func split(value string, most int) ([]string, bool) {
	if strings.Count(value, ",") >= most {
		return nil, false
	}
	words := strings.Split(value, ",")
	for i, w := range words {
		words[i] = strings.TrimSpace(w)
		if !printable(words[i]) || len(words[i]) > maxWord {
			return nil, false
		}
	}
	return words, true
}

// maxWord bounds one word of a list; an Azure resource ID is the longest in use.
const maxWord = 512

// printable tells whether there is a value, of visible ASCII without blanks.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

func duration(least, most time.Duration, field func(*settings) durationField) func(string) (setter, bool) {
	return func(value string) (setter, bool) {
		d, ok := parseDuration(value)
		ok = ok && d >= least && d <= most && d%time.Second == 0 // the clouds take whole seconds
		return when(ok, func(s *settings) { *field(s) = d })
	}
}

// parseDuration takes Go's syntax or plain seconds.
func parseDuration(value string) (time.Duration, bool) {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	d, err := time.ParseDuration(value)
	return d, err == nil
}

func number(least, most int, field func(*settings) *int) func(string) (setter, bool) {
	return func(value string) (setter, bool) {
		n, err := strconv.Atoi(value)
		return when(err == nil && n >= least && n <= most, func(s *settings) { *field(s) = n })
	}
}

func parseGroup(value string) (setter, bool) {
	return when(isLabel(value), func(s *settings) { s.group = value })
}

func parseRedirect(value string) (setter, bool) {
	statuses := map[string]int{"false": 0, "true": 301, "301": 301, "302": 302, "307": 307, "308": 308}
	status, ok := statuses[value]
	return when(ok, func(s *settings) { s.redirect = status })
}

func parseTags(value string) (setter, bool) {
	pairs, ok := split(value, 40)
	tags := make(map[string]string, len(pairs))
	for _, p := range pairs {
		k, v, found := strings.Cut(p, "=")
		_, twice := tags[k]
		ok = ok && found && k != "" && !twice && len(k) <= 127 && len(v) <= 255
		tags[k] = v
	}
	return when(ok, func(s *settings) { s.tags = tags })
}

// parseCookie holds the name to the token of RFC 6265.
func parseCookie(value string) (setter, bool) {
	ok := printable(value) && len(value) <= 256 && !strings.ContainsAny(value, `()<>@,;:\"/[]?={}`)
	return when(ok, func(s *settings) { s.backend.affinity.Cookie = value })
}

func parseHealthPath(value string) (setter, bool) {
	ok := printable(value) && value[0] == '/' && len(value) <= 1024
	return when(ok, func(s *settings) { s.backend.health.Path = value })
}

func parseHealthHost(value string) (setter, bool) {
	h, err := model.ParseHost(value, model.NoWildcard)
	return when(err == nil && h.Name != "", func(s *settings) { s.backend.health.Host = h.Name })
}

func parseStatuses(value string) (setter, bool) {
	from, to, isRange := strings.Cut(value, "-")
	if !isRange {
		to = from
	}
	lo, errLo := strconv.Atoi(from)
	hi, errHi := strconv.Atoi(to)
	ok := errLo == nil && errHi == nil && lo >= 0 && hi <= 599 && lo <= hi
	return when(ok, func(s *settings) { s.backend.health.Statuses = model.StatusRange{From: lo, To: hi} })
}
