package azure

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// errorf returns an error of the contract with a formatted cause.
func errorf(code provider.Code, op string, key provider.Key, format string, args ...any) *provider.Error {
	return &provider.Error{Code: code, Op: op, Key: key, Err: fmt.Errorf(format, args...)}
}

// contextError returns the error for a context that ended before the operation began.
func contextError(ctx context.Context, op string, key provider.Key) *provider.Error {
	return &provider.Error{Code: provider.Unavailable, Op: op, Key: key, Err: context.Cause(ctx)}
}

// newError returns an error of the contract. codes are Azure's, from the error and its details.
func newError(status int, codes []string, retryAfter time.Duration, err error) *provider.Error {
	return &provider.Error{Code: errorCode(status, codes), RetryAfter: retryAfter, Err: err}
}

// errorCode returns the code of a failure: by Azure's own code if it is known, else by status. A
// status of 429 is either throttling or another operation on the resource (Understand how Azure
// Resource Manager throttles requests).
func errorCode(status int, codes []string) provider.Code {
	for _, row := range knownCodes() {
		if slices.ContainsFunc(row.names, func(name string) bool { return slices.Contains(codes, name) }) {
			return row.code
		}
	}
	switch {
	case status == 0, status >= http.StatusInternalServerError, status == http.StatusRequestTimeout:
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

// codeNames lists the codes of Azure that have one code in the contract.
type codeNames struct {
	code  provider.Code
	names []string
}

// knownCodes returns the table of codes. An error has several codes; the first row that has one of
// them decides.
func knownCodes() []codeNames {
	return []codeNames{
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
