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
