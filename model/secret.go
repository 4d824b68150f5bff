package model

import (
	"bytes"
	"crypto/subtle"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a value that prints as "[redacted]" wherever it may end up: in fmt, JSON, YAML, text
// and logs. Within an unexported field, whose methods fmt does not call, it prints as a pointer.
type Secret struct {
	_     [0]func() // not comparable by ==, which would compare pointers
	value *[]byte
}

// NewSecret keeps a copy of value.
func NewSecret(value []byte) Secret {
	if len(value) == 0 {
		return Secret{}
	}
	kept := bytes.Clone(value)
	return Secret{value: &kept}
}

// Reveal is the only way to the value. The caller must not change or keep it.
func (s Secret) Reveal() []byte {
	if s.value == nil {
		return nil
	}
	return *s.value
}

// Empty tells whether there is no value.
func (s Secret) Empty() bool { return s.value == nil }

// Equal tells whether two secrets have the same value, in a time that does not depend on it.
func (s Secret) Equal(o Secret) bool { return subtle.ConstantTimeCompare(s.Reveal(), o.Reveal()) == 1 }

// String is the redacted form.
func (Secret) String() string { return redacted }

// GoString is the redacted form.
func (Secret) GoString() string { return redacted }

// MarshalText is the redacted form.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue is the redacted form.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
