package gcp

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/api/compute/v1"
	"google.golang.org/api/googleapi"

	"github.com/headgate-io/headgate/provider"
)

var (
	errNoGroup   = errors.New("the load balancer has no such group")
	errKind      = errors.New("no such kind")
	errAction    = errors.New("no such action")
	errChanged   = errors.New("it was changed outside Headgate since it was last observed")
	errAddress   = errors.New("the address of the load balancer is not known yet")
	errImmutable = errors.New("it cannot change in place")
)

// failure adds the operation and the resource to an error of the client. An error that names its
// operation is returned unchanged.
func failure(op string, key provider.Key, err error) error {
	if err == nil {
		return nil
	}
	out := &provider.Error{Code: provider.CodeOf(err), Op: op, Key: key, RetryAfter: provider.RetryAfterOf(err), Err: err}
	if known, ok := errors.AsType[*provider.Error](err); ok {
		if known.Op != "" {
			return err
		}
		out.Err = known.Err
	}
	return out
}

// apiError is a failed call or operation. Its status is 0 if there was no reply.
type apiError struct {
	status int
	reason string
	err    error
}

func (e *apiError) Error() string { return e.err.Error() }

func (e *apiError) Unwrap() error { return e.err }

// callError returns an error of the SDK with its code and retry delay. It names no operation:
// failure adds it.
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

// codeOf maps an error to a code of the contract (page "Handle API errors" of Compute Engine). The
// reason is more specific than the status and takes precedence. Without a reply the code is
// Unavailable.
func codeOf(e *apiError) provider.Code {
	switch e.reason {
	case "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_OPERATION_RATE_EXCEEDED":
		return provider.Throttled
	case "quotaExceeded", "QUOTA_EXCEEDED", "limitExceeded", "LIMIT_EXCEEDED":
		return provider.Quota
	case "resourceNotReady", "RESOURCE_NOT_READY", "resourceInUseByAnotherResource", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE":
		return provider.InProgress
	case "alreadyExists", "RESOURCE_ALREADY_EXISTS", "conditionNotMet", "CONDITION_NOT_MET":
		return provider.Conflict
	case "notFound", "RESOURCE_NOT_FOUND":
		return provider.NotFound
	}
	return codeOfStatus(e.status)
}

func codeOfStatus(status int) provider.Code {
	switch status {
	case 0:
		return provider.Unavailable
	case http.StatusUnauthorized, http.StatusForbidden:
		return provider.Denied
	case http.StatusNotFound:
		return provider.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return provider.Conflict
	case http.StatusTooManyRequests:
		return provider.Throttled
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		return provider.Invalid
	}
	if status >= http.StatusInternalServerError {
		return provider.Unavailable
	}
	return provider.Unknown
}
