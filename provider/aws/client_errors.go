package aws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/headgate-io/headgate/provider"
)

// credentialErrors marks the errors of retrieving credentials, so that they differ from those of
// requests.
type credentialErrors struct{ aws.CredentialsProvider }

// Retrieve returns the credentials, or a credentialError.
func (m credentialErrors) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return c, &credentialError{err}
	}
	return c, nil
}

// credentialError is the reason that there are no credentials.
type credentialError struct{ cause error }

func (e *credentialError) Error() string { return "no credentials: " + e.cause.Error() }

func (e *credentialError) Unwrap() error { return e.cause }

// toError converts an error of the SDK. Its text is the code and the message of the service,
// without what the SDK adds.
func toError(name string, err error) error {
	var status int
	if response, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		status = response.HTTPStatusCode()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return &provider.Error{Code: codeOf(api.ErrorCode(), status), Op: name, Err: &apiError{code: api.ErrorCode(), message: api.ErrorMessage(), cause: err}}
	}
	if credential, ok := errors.AsType[*credentialError](err); ok {
		return &provider.Error{Code: provider.Denied, Op: name, Err: credential}
	}
	return &provider.Error{Code: provider.Unavailable, Op: name, Err: err}
}

// apiError is the error response of a service.
type apiError struct {
	code, message string
	cause         error
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) Unwrap() error { return e.cause }

// hasServiceCode reports whether err is a response of a service with this code.
func hasServiceCode(err error, code string) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.code == code
}
