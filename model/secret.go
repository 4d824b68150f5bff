package model

import (
	"bytes"
	"crypto/subtle"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a value that prints as "[redacted]" everywhere: in fmt, JSON, YAML, text and logs. In
// an unexported field, whose methods fmt does not call, it prints as a pointer.
type Secret struct {
	_     [0]func() // not comparable by ==, which would compare pointers
	value *[]byte
}

// NewSecret returns a secret with a copy of value.
func NewSecret(value []byte) Secret {
	if len(value) == 0 {
		return Secret{}
	}
	copied := bytes.Clone(value)
	return Secret{value: &copied}
}

// Reveal returns the value. The caller must not change or store it.
func (s Secret) Reveal() []byte {
	if s.value == nil {
		return nil
	}
	return *s.value
}

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.value == nil }

// Equal reports whether two secrets have the same value, in constant time.
func (s Secret) Equal(o Secret) bool { return subtle.ConstantTimeCompare(s.Reveal(), o.Reveal()) == 1 }

// String returns the redacted form.
func (Secret) String() string { return redacted }

// GoString returns the redacted form.
func (Secret) GoString() string { return redacted }

// MarshalText returns the redacted form.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns the redacted form.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
