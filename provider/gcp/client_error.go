package gcp

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"

	"github.com/headgate-io/headgate/provider"
)

// apiError is a failed call or operation. Its status is 0 if there was no reply.
type apiError struct {
	status int
	reason string
	err    error
}

func (e *apiError) Error() string { return e.err.Error() }

func (e *apiError) Unwrap() error { return e.err }

// callError returns an error of the SDK with its code and retry delay. It names no operation:
// provider.WithKey adds it.
func callError(err error) error {
	if err == nil {
		return nil
	}
	out := &apiError{err: err}
	var delay time.Duration
	if failed, ok := errors.AsType[*googleapi.Error](err); ok {
		out.status = failed.Code
		if len(failed.Errors) > 0 {
			out.reason = failed.Errors[0].Reason
		}
		if seconds, err := strconv.Atoi(failed.Header.Get("Retry-After")); err == nil {
			delay = time.Duration(seconds) * time.Second
		}
		// The text of the SDK repeats details over several lines.
		out.err = fmt.Errorf("%d %s: %s", failed.Code, out.reason, failed.Message)
	}
	return &provider.Error{Code: codeOf(out), RetryAfter: delay, Err: out}
}

// operationError returns the error that an operation ended with, or nil.
func operationError(op *compute.Operation) error {
	if op.Error == nil || len(op.Error.Errors) == 0 {
		return nil
	}
	first := op.Error.Errors[0]
	err := fmt.Errorf("operation %s: %s: %s", op.Name, first.Code, first.Message)
	out := &apiError{status: int(op.HttpErrorStatusCode), reason: first.Code, err: err}
	return &provider.Error{Code: codeOf(out), Err: out}
}
