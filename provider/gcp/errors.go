package gcp

import (
	"context"
	"errors"
	"net/http"

	"github.com/headgate-io/headgate/provider"
)

// failure gives an error of the client its code (page "Handle API errors" of Compute Engine;
// reasons as the API sends them).
func failure(op string, key provider.Key, err error) error {
	if err == nil {
		return nil
	}
	out := &provider.Error{Code: provider.Unavailable, Op: op, Key: key, Err: err}
	var known *provider.Error
	var api *apiError
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.As(err, &api):
		out.Code, out.RetryAfter = codeOf(api), api.retryAfter
	}
	return out
}

// codeOf reads the reason first, which says more than the status. Without a reply the cloud could
// not be reached.
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
