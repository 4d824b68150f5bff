package azure

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// fault is an error of the contract. Codes are Azure's, from the error and its details.
func fault(status int, codes []string, retryAfter time.Duration, err error) *provider.Error {
	return &provider.Error{Code: codeOf(status, codes, err), RetryAfter: retryAfter, Err: err}
}

// codeOf says what kind of failure it is: by Azure's own code where that is known, else by status.
// A 429 may be throttling, or an operation that still holds the resource (Understand how Azure
// Resource Manager throttles requests).
func codeOf(status int, codes []string, err error) provider.Code {
	for _, known := range knownCodes() {
		if slices.ContainsFunc(known.names, func(name string) bool { return slices.Contains(codes, name) }) {
			return known.code
		}
	}
	switch {
	case status == 0 && errors.Is(err, context.Canceled), status == 0, status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
		return provider.Unavailable
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return provider.Denied
	case status == http.StatusNotFound:
		return provider.NotFound
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return provider.Conflict
	case status == http.StatusTooManyRequests:
		return provider.Throttled
	case status >= http.StatusBadRequest:
		return provider.Invalid
	default:
		return provider.Unknown
	}
}

// known is codes of Azure that mean the same here.
type known struct {
	code  provider.Code
	names []string
}

// knownCodes, the more telling ones first.
func knownCodes() []known {
	return []known{
		{provider.InProgress, []string{
			"RetryableErrorDueToAnotherOperation", "AnotherOperationInProgress", "ReferencedResourceNotProvisioned", "PublicIPAddressCannotBeDeleted",
			"InUseSubnetCannotBeDeleted",
		}},
		{provider.Conflict, []string{"CanceledAndSupersededDueToAnotherOperation", "PreconditionFailed", "PreconditionFailedEtagMismatch"}},
		{provider.Unavailable, []string{"InternalServerError", "InternalRetriableError", "RetryableError"}},
		{provider.Throttled, []string{"TooManyRequests", "SubscriptionRequestsThrottled"}},
		{provider.Quota, []string{"ApplicationGatewayLimitExceeded", "PublicIPCountLimitReached", "QuotaExceeded"}},
		{provider.Denied, []string{"AuthorizationFailed", "LinkedAuthorizationFailed", "ExpiredAuthenticationToken", "InvalidAuthenticationToken"}},
		{provider.NotFound, []string{"ResourceNotFound", "NotFound", "ParentResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"}},
	}
}
