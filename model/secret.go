package model

import "log/slog"

const redacted = "[redacted]"

// Secret is a value that prints as "[redacted]" wherever it may end up: in fmt, JSON, YAML, text and logs.
type Secret struct{ value []byte }

// NewSecret keeps a copy of value.
func NewSecret(value []byte) Secret { return Secret{value: append([]byte(nil), value...)} }

// Reveal is the only way to the value. The caller must not change or keep it.
func (s Secret) Reveal() []byte { return s.value }

// Empty tells whether there is no value.
func (s Secret) Empty() bool { return len(s.value) == 0 }

// String is the redacted form.
func (Secret) String() string { return redacted }

// GoString is the redacted form.
func (Secret) GoString() string { return redacted }

// MarshalText is the redacted form.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue is the redacted form.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
