package gcp

import (
	"errors"
	"net/http"

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
