package fake

import (
	"errors"

	"github.com/headgate-io/headgate/provider"
)

// The errors of the cloud.
var (
	errNotFound = errors.New("the object does not exist")
	errInUse    = errors.New("another object refers to it")
	errStale    = errors.New("the document has changed since it was read")
	errSpec     = errors.New("the spec is not of this cloud")
	errInterval = errors.New("the health check interval is too short")
)

// opError returns an error of an op.
func opError(code provider.Code, op provider.Op, err error) error {
	return &provider.Error{Code: code, Op: string(op.Action), Key: op.Key, Err: err}
}

// withResource adds the action and the key of an op to an error of the cloud that has no key.
func withResource(err error, op provider.Op) error {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return &provider.Error{Code: provider.CodeOf(err), Op: string(op.Action), Key: op.Key, Err: err}
	}
	if e.Key == (provider.Key{}) {
		return &provider.Error{Code: e.Code, Op: string(op.Action), Key: op.Key, RetryAfter: e.RetryAfter, Err: e.Err}
	}
	return err
}
