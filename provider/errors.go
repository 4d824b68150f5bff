package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Code is what kind of failure an error is; programs act on it, never on the text.
type Code string

// The codes.
const (
	NotFound    Code = "NotFound"    // something that the write names does not exist
	Conflict    Code = "Conflict"    // somebody else changed or holds it; observe and plan again
	Invalid     Code = "Invalid"     // the cloud refuses the values
	Unsupported Code = "Unsupported" // the provider cannot express it
	Denied      Code = "Denied"      // credentials or permissions
	Quota       Code = "Quota"       // a limit of the account is reached
	Throttled   Code = "Throttled"   // too many calls
	InProgress  Code = "Pending"     // the cloud is busy with it
	Unavailable Code = "Unavailable" // the cloud cannot be reached, or fails
	Unknown     Code = "Unknown"
)

// Error is a failure with its code. Its text names the operation and the resource, never a secret.
type Error struct {
	Code       Code
	Op         string // the cloud's API operation, or the core's verb
	Key        Key    // zero where no one resource is meant
	RetryAfter time.Duration
	Err        error
}

// Error is "op key: cause".
func (e *Error) Error() string {
	s := e.Op
	if e.Key != (Key{}) {
		s += " " + e.Key.String()
	}
	return fmt.Sprintf("%s: %v", s, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of an error: that of the first [Error] in its chain, else Unavailable for an
// ended context, else Unknown. It is empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Unknown
}

// IsCode reports whether err has one of the codes. It is false for nil.
func IsCode(err error, codes ...Code) bool {
	return err != nil && slices.Contains(codes, CodeOf(err))
}

// ErrNotOwned means that a resource of the wanted name exists and does not belong to the cluster. It
// comes in an [Error] of code Conflict.
var ErrNotOwned = errors.New("a resource of this name exists and does not belong to this cluster")

// RetryAfterOf is how long the cloud asked to wait, or zero.
func RetryAfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// Retryable tells whether the same write may succeed later with nothing changed by a person.
func (c Code) Retryable() bool {
	switch c {
	case Conflict, Throttled, InProgress, Unavailable, Unknown, NotFound:
		return true
	case Invalid, Unsupported, Denied, Quota:
		return false
	}
	return true
}
