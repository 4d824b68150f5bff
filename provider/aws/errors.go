package aws

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

var (
	errNoGroup     = errors.New("the load balancer has no such group")
	errNoID        = errors.New("the resource has not been observed yet")
	errNotListed   = errors.New("the resource exists, but AWS does not list it yet")
	errUnknownKind = errors.New("AWS has no resources of this kind")
)

// codeOf returns the code of the contract for an error code of AWS and the HTTP status of the
// response. The codes are those of the API references and of "Common Errors". For a code that is
// not listed, the status decides.
func codeOf(code string, status int) provider.Code {
	for _, row := range errorTable() {
		if slices.Contains(row.codes, code) {
			return row.code
		}
	}
	switch {
	case strings.HasSuffix(code, "NotFound") || strings.HasSuffix(code, ".NotFound"):
		return provider.NotFound
	case strings.HasPrefix(code, "TooMany") || strings.HasSuffix(code, "LimitExceeded"):
		return provider.Quota
	case strings.HasPrefix(code, "Duplicate") || strings.HasSuffix(code, ".Duplicate"):
		return provider.Conflict
	case status == http.StatusTooManyRequests:
		return provider.Throttled
	case status >= http.StatusInternalServerError:
		return provider.Unavailable
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return provider.Denied
	case status >= http.StatusBadRequest:
		return provider.Invalid
	default:
		return provider.Unknown
	}
}

type errorRow struct {
	code  provider.Code
	codes []string
}

func errorTable() []errorRow {
	return []errorRow{
		{provider.Throttled, []string{"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}},
		{provider.Denied, []string{
			"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure", "InvalidClientTokenId", "ExpiredToken",
			"ExpiredTokenException", "RequestExpired", "UnrecognizedClientException", "SignatureDoesNotMatch", "MissingAuthenticationToken",
			"MissingAuthenticationTokenException", "IncompleteSignature", "OptInRequired",
		}},
		{provider.NotFound, []string{"ResourceNotFoundException", "ResourceNotFound"}},
		{provider.Conflict, []string{"PriorityInUse", "ConflictException", "TargetGroupAssociationLimit"}},
		{provider.InProgress, []string{"ResourceInUse", "ResourceInUseException", "DependencyViolation", "PriorRequestNotComplete"}},
		{provider.Quota, []string{"LimitExceededException", "TagLimitExceeded", "TooManyTagsException"}},
		{provider.Unavailable, []string{"InternalFailure", "InternalError", "ServiceUnavailable", "Unavailable", "HealthUnavailable", "InsufficientCapacity"}},
	}
}
