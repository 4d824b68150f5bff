package azure

import (
	"context"
	"errors"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

func TestErrorsHaveCodes(t *testing.T) {
	tests := map[string]struct {
		status int
		codes  []string
		want   provider.Code
	}{
		"no reply":            {0, nil, provider.Unavailable},
		"internal":            {500, []string{"InternalServerError"}, provider.Unavailable},
		"token":               {401, []string{"ExpiredAuthenticationToken"}, provider.Denied},
		"role":                {403, []string{"AuthorizationFailed"}, provider.Denied},
		"linked role":         {400, []string{"LinkedAuthorizationFailed"}, provider.Denied},
		"missing":             {404, []string{"ResourceNotFound"}, provider.NotFound},
		"gone":                {404, []string{"NotFound"}, provider.NotFound},
		"missing group":       {404, []string{"ResourceGroupNotFound"}, provider.NotFound},
		"etag":                {412, []string{"PreconditionFailed", "PreconditionFailedEtagMismatch"}, provider.Conflict},
		"busy":                {409, []string{"AnotherOperationInProgress"}, provider.InProgress},
		"locked":              {429, []string{"RetryableError", "RetryableErrorDueToAnotherOperation"}, provider.InProgress},
		"throttled":           {429, []string{"TooManyRequests"}, provider.Throttled},
		"throttled, no code":  {429, nil, provider.Throttled},
		"superseded":          {409, []string{"Canceled", "CanceledAndSupersededDueToAnotherOperation"}, provider.Conflict},
		"refused document":    {400, []string{"InvalidRequestFormat", "DuplicateResourceName"}, provider.Invalid},
		"limit":               {400, []string{"ApplicationGatewayLimitExceeded"}, provider.Quota},
		"address not ready":   {400, []string{"ReferencedResourceNotProvisioned"}, provider.InProgress},
		"address still used":  {400, []string{"PublicIPAddressCannotBeDeleted"}, provider.InProgress},
		"something else":      {302, nil, provider.Unknown},
		"gateway unavailable": {503, nil, provider.Unavailable},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := newError(tc.status, tc.codes, 0, errors.New("x"))
			if got := provider.CodeOf(err); got != tc.want {
				t.Errorf("code %s, want %s", got, tc.want)
			}
		})
	}
	if got := provider.CodeOf(newError(0, nil, 0, context.Canceled)); got != provider.Unavailable {
		t.Errorf("canceled is %s", got)
	}
}
