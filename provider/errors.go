package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Code classifies a failure. Programs act on the code of an error, never on its text.
type Code string

// The codes of errors.
const (
	NotFound    Code = "NotFound"    // a resource that the call refers to does not exist
	Conflict    Code = "Conflict"    // another client changed or owns it; observe and plan again
	Invalid     Code = "Invalid"     // the cloud rejects a value
	Unsupported Code = "Unsupported" // the provider cannot express it
	Denied      Code = "Denied"      // credentials are missing, or lack a permission
	Quota       Code = "Quota"       // a limit of the account is reached
	Throttled   Code = "Throttled"   // too many calls
	InProgress  Code = "Pending"     // an earlier operation on the resource is not complete
	Unavailable Code = "Unavailable" // the cloud cannot be reached or has an internal error
	Unknown     Code = "Unknown"     // none of the above
)

// Error is a failure with a code. Its text names the operation and the resource. It never contains
// a secret.
type Error struct {
	Code Code
	Op   string // the cloud's API operation, or the core's verb
	Key  Key    // zero if the error is not about one resource
	// RetryAfter is how long the cloud asks the client to wait; zero if it does not.
	RetryAfter time.Duration
	Err        error
}

// Error returns "op key: cause".
func (e *Error) Error() string {
	s := e.Op
	if e.Key != (Key{}) {
		s += " " + e.Key.String()
	}
	return fmt.Sprintf("%s: %v", s, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an error: that of the first [Error] in its chain, Unavailable for the
// error of an ended context, or Unknown. It returns "" for nil.
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

// ErrNotOwned means that a resource with the name of a desired one exists and does not belong to
// the cluster. A provider returns it in an [Error] of code Conflict.
var ErrNotOwned = errors.New("a resource of this name exists and does not belong to this cluster")

// NotOwned returns the error of an op on a resource that exists and does not belong to the cluster.
func NotOwned(op string, key Key) error {
	return &Error{Code: Conflict, Op: op, Key: key, Err: ErrNotOwned}
}

// WithKey returns err as an [Error] about a resource. It sets the key, and the operation if err
// names none. It returns nil, and an error that already names a resource, unchanged.
func WithKey(err error, op string, key Key) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return &Error{Code: CodeOf(err), Op: op, Key: key, Err: err}
	}
	if e.Key != (Key{}) {
		return err
	}
	named := *e
	named.Op, named.Key = cmp.Or(e.Op, op), key
	return &named
}

// RetryAfterOf returns the RetryAfter of the first [Error] in the chain of err, or zero.
func RetryAfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// Retryable reports whether the same call may succeed later without anyone changing an object, the
// account or the configuration.
func (c Code) Retryable() bool {
	switch c {
	case Conflict, Throttled, InProgress, Unavailable, Unknown, NotFound:
		return true
	case Invalid, Unsupported, Denied, Quota:
		return false
	}
	return true
}
