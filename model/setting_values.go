package model

import (
	"strconv"
	"strings"
	"time"
)

// Text is a setting of one word or text.
type Text string

// Set implements [Value].
func (t *Text) Set(text string, b Bounds) bool {
	if text == "" || !b.allows(text) {
		return false
	}
	*t = Text(text)
	return true
}

// IsSet implements [Value].
func (t *Text) IsSet() bool { return *t != "" }

// Append implements [Value].
func (t *Text) Append(buf []byte) []byte { return append(buf, *t...) }

// Check implements [Value].
func (t *Text) Check(b Bounds) (string, bool) { return "", *t == "" || b.allows(string(*t)) }

// Describe implements [Value]: "a, b or c".
func (t *Text) Describe(b Bounds, _ string) string {
	words := strings.Fields(b.OneOf)
	if len(words) < 2 {
		return b.OneOf
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// String implements [Value].
func (t *Text) String() string { return string(*t) }

// Number is a setting that counts.
type Number int

// Set implements [Value].
func (n *Number) Set(text string, b Bounds) bool {
	i, err := strconv.Atoi(text)
	if err != nil || i < b.Min || i > b.Max {
		return false
	}
	*n = Number(i)
	return true
}

// IsSet implements [Value].
func (n *Number) IsSet() bool { return *n != 0 }

// Append implements [Value].
func (n *Number) Append(buf []byte) []byte {
	if *n == 0 {
		return buf
	}
	return strconv.AppendInt(buf, int64(*n), 10)
}

// Check implements [Value].
func (n *Number) Check(b Bounds) (string, bool) {
	return "", *n == 0 || int(*n) >= b.Min && int(*n) <= b.Max
}

// Describe implements [Value].
func (n *Number) Describe(b Bounds, _ string) string {
	return "a number, " + between(itoa(b.Min), itoa(b.Max))
}

// String implements [Value].
func (n *Number) String() string { return string(n.Append(nil)) }

// Seconds is a setting in whole seconds, as the clouds count. Its bounds are in seconds.
type Seconds time.Duration

// Set implements [Value]. It reads a number of seconds, or a duration in the syntax of Go.
func (s *Seconds) Set(text string, b Bounds) bool {
	var d time.Duration
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if d, err = time.ParseDuration(text); err != nil {
		return false
	}
	if d == 0 || !secondsWithin(d, b) {
		return false
	}
	*s = Seconds(d)
	return true
}

func secondsWithin(d time.Duration, b Bounds) bool {
	return d%time.Second == 0 && d >= time.Duration(b.Min)*time.Second && d <= time.Duration(b.Max)*time.Second
}

// IsSet implements [Value].
func (s *Seconds) IsSet() bool { return *s != 0 }

// Append implements [Value]. Whole seconds allocate nothing.
func (s *Seconds) Append(buf []byte) []byte {
	d := time.Duration(*s)
	switch {
	case d == 0:
		return buf
	case d < 0 || d >= time.Minute || d%time.Second != 0:
		return append(buf, d.String()...)
	default:
		return append(strconv.AppendInt(buf, int64(d/time.Second), 10), 's')
	}
}

// Check implements [Value].
func (s *Seconds) Check(b Bounds) (string, bool) {
	return "", *s == 0 || secondsWithin(time.Duration(*s), b)
}

// Describe implements [Value].
func (s *Seconds) Describe(b Bounds, example string) string {
	var d Seconds
	d.Set(example, b)
	plain := itoa(int(time.Duration(d) / time.Second))
	return "whole seconds such as " + example + " or " + plain + ", " + between(shortDuration(b.Min), shortDuration(b.Max))
}

// shortDuration writes seconds in the largest unit that leaves no rest.
func shortDuration(n int) string {
	switch {
	case n%3600 == 0:
		return itoa(n/3600) + "h"
	case n%60 == 0:
		return itoa(n/60) + "m"
	default:
		return itoa(n) + "s"
	}
}

// String implements [Value].
func (s *Seconds) String() string { return string(s.Append(nil)) }

// List is a setting of several texts, separated by commas.
type List []string

// Set implements [Value].
func (l *List) Set(text string, b Bounds) bool {
	if strings.Count(text, ",") >= b.Max {
		return false
	}
	entries := strings.Split(text, ",")
	for i := range entries {
		entries[i] = strings.TrimSpace(entries[i])
		if entries[i] == "" || !b.allows(entries[i]) {
			return false
		}
	}
	*l = entries
	return true
}

// IsSet implements [Value].
func (l *List) IsSet() bool { return len(*l) > 0 }

// Append implements [Value]. No entry contains a line feed.
func (l *List) Append(buf []byte) []byte {
	for _, entry := range *l {
		buf = append(append(buf, entry...), '\n')
	}
	return buf
}

// Check implements [Value].
func (l *List) Check(b Bounds) (string, bool) {
	for i, entry := range *l {
		if entry == "" || !b.allows(entry) {
			return "[" + itoa(i) + "]", false
		}
	}
	return "", b.Max == 0 || len(*l) <= b.Max
}

// Describe implements [Value].
func (l *List) Describe(b Bounds, _ string) string {
	return "up to " + itoa(b.Max) + " entries, separated by commas"
}

// String implements [Value].
func (l *List) String() string { return strings.Join(*l, ", ") }

// Tags is a setting of keys with values: key=value, separated by commas.
type Tags map[string]string

// Set implements [Value]. It leaves a byte of each bound to the clouds that add a prefix.
func (t *Tags) Set(text string, b Bounds) bool {
	var entries List
	if !entries.Set(text, Bounds{Max: b.Max, Check: IsWord}) {
		return false
	}
	tags := make(Tags, len(entries))
	for _, entry := range entries {
		key, value, found := strings.Cut(entry, "=")
		_, twice := tags[key]
		if !found || twice || key == "" || len(key) >= maxTagKey || len(value) >= maxTag {
			return false
		}
		tags[key] = value
	}
	*t = tags
	return true
}

// IsSet implements [Value].
func (t *Tags) IsSet() bool { return len(*t) > 0 }

// Append implements [Value]. No key and no value contains a line feed.
func (t *Tags) Append(buf []byte) []byte {
	for _, key := range sortedKeys(*t) {
		buf = append(append(buf, key...), '\n')
		buf = append(append(buf, (*t)[key]...), '\n')
	}
	return buf
}

// Check implements [Value].
func (t *Tags) Check(b Bounds) (string, bool) {
	for _, key := range sortedKeys(*t) {
		value := (*t)[key]
		if key == "" || len(key) > maxTagKey || len(value) > maxTag || !isText(key) || !isText(value) {
			return "." + quote(key), false
		}
	}
	return "", len(*t) <= b.Max
}

// Describe implements [Value].
func (t *Tags) Describe(b Bounds, _ string) string {
	return "pairs key=value, separated by commas, up to " + itoa(b.Max)
}

// String implements [Value].
func (t *Tags) String() string {
	entries := make([]string, 0, len(*t))
	for _, key := range sortedKeys(*t) {
		entries = append(entries, key+"="+(*t)[key])
	}
	return strings.Join(entries, ", ")
}

// Set implements [Value]. It reads one status, or two with a dash between.
func (s *StatusRange) Set(text string, b Bounds) bool {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	r := StatusRange{}
	var errFrom, errTo error
	r.From, errFrom = strconv.Atoi(from)
	r.To, errTo = strconv.Atoi(to)
	if errFrom != nil || errTo != nil || r.From < b.Min || r.To > b.Max || r.From > r.To {
		return false
	}
	*s = r
	return true
}

// IsSet implements [Value].
func (s *StatusRange) IsSet() bool { return *s != (StatusRange{}) }

// Append implements [Value].
func (s *StatusRange) Append(buf []byte) []byte {
	if *s == (StatusRange{}) {
		return buf
	}
	buf = strconv.AppendInt(buf, int64(s.From), 10)
	if s.To == s.From {
		return buf
	}
	return strconv.AppendInt(append(buf, '-'), int64(s.To), 10)
}

// Check implements [Value].
func (s *StatusRange) Check(b Bounds) (string, bool) {
	switch {
	case *s == (StatusRange{}):
		return "", true
	case s.From < b.Min || s.From > b.Max:
		return ".from", false
	default:
		return ".to", s.To >= s.From && s.To <= b.Max
	}
}

// Describe implements [Value].
func (s *StatusRange) Describe(b Bounds, example string) string {
	return "a status, or a range such as " + example + ", " + between(itoa(b.Min), itoa(b.Max))
}

// String implements [Value].
func (s *StatusRange) String() string { return string(s.Append(nil)) }
