package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// rejectField reports a fault of a field of w, or of w itself if field is empty.
func (v *validator) rejectField(w *where, field, found, allowed string) {
	if field == "" {
		v.reject(w, found, allowed)
		return
	}
	at := w.field(field)
	v.reject(&at, found, allowed)
}

func (v *validator) unknown(w *where, field, found, allowed string) {
	v.rejectField(w, field, quote(found), allowed)
}

// text allows valid UTF-8 without control characters, of a length in bytes.
func (v *validator) text(w *where, field, s string, least, most int) {
	if len(s) < least || len(s) > most {
		v.rejectField(w, field, quote(s), fmt.Sprintf("%d to %d bytes", least, most))
		return
	}
	if !isText(s) {
		v.rejectField(w, field, quote(s), "text without control characters")
	}
}

func isText(s string) bool {
	ascii := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(s)
}

// token allows the name of a header or a method (RFC 9110 section 5.6.2).
func (v *validator) token(w *where, field, s string) {
	if len(s) > maxTag || !isToken(s) {
		v.rejectField(w, field, quote(s), fmt.Sprintf("a token of 1 to %d bytes (RFC 9110)", maxTag))
	}
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

func (v *validator) number(w *where, field string, n, least, most int) {
	if n < least || n > most {
		v.rejectField(w, field, strconv.Itoa(n), fmt.Sprintf("%d to %d", least, most))
	}
}

func (v *validator) duration(w *where, field string, d, most time.Duration) {
	if d < 0 || d > most {
		v.rejectField(w, field, d.String(), fmt.Sprintf("0s to %s", most))
	}
}

// exactHost allows a name without a wildcard, or an empty text.
func (v *validator) exactHost(w *where, field, name string) {
	if err := (Host{Name: name}).check(); err != nil {
		v.rejectField(w, field, quote(name), "a host name: "+err.Error())
	}
}

func (v *validator) host(w *where, h Host) {
	if err := h.check(); err != nil {
		v.reject(w, quote(h.String()), "a host name: "+err.Error())
	}
}

func (v *validator) path(w *where, field, path string) {
	if err := checkPath(path); err != nil {
		v.rejectField(w, field, quote(path), "a path: "+err.Error())
	}
}

// regexp compiles an expression once for the whole model.
func (v *validator) regexp(w *where, field, expr string) {
	if _, ok := v.regexps[expr]; ok {
		return
	}
	re, err := compileWhole(expr)
	if err != nil || !isText(expr) {
		v.rejectField(w, field, quote(expr), fmt.Sprintf("a regular expression (RE2) of up to %d bytes without control characters", maxPath))
		return
	}
	if v.regexps == nil {
		v.regexps = make(expressions)
	}
	v.regexps[expr] = re
}
