package aws

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/headgate-io/headgate/provider"
)

var (
	errIncomplete = errors.New("the response of AWS lacks what it must have")
	errEmptyReply = errors.New("the response of AWS is empty")
)

// replies rejects empty responses. The SDK decodes them as if every list were empty, which looks as
// if nothing existed.
type replies struct{ next aws.HTTPClient }

// Do sends a request.
func (c replies) Do(r *http.Request) (*http.Response, error) {
	out, err := c.next.Do(r)
	if err != nil || out.StatusCode != http.StatusOK || mayBeEmpty(r) {
		return out, err
	}
	body := bufio.NewReader(out.Body)
	if _, err := body.Peek(1); errors.Is(err, io.EOF) {
		_ = out.Body.Close()
		return nil, errEmptyReply
	}
	out.Body = struct {
		io.Reader
		io.Closer
	}{body, out.Body}
	return out, nil
}

// mayBeEmpty reports whether an operation has no response elements (DeleteCertificate). Operations
// of the other services always return an XML document.
func mayBeEmpty(r *http.Request) bool {
	return strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DeleteCertificate")
}

// only returns the first element of the list that a write must return.
func only[T any](op string, all []T) (T, error) {
	if len(all) == 0 {
		var none T
		return none, incomplete(op)
	}
	return all[0], nil
}

// present returns an identifier that a write must return.
func present(op string, id *string) (string, error) {
	if aws.ToString(id) == "" {
		return "", incomplete(op)
	}
	return *id, nil
}

func incomplete(op string) error {
	return &provider.Error{Code: provider.Unknown, Op: op, Err: errIncomplete}
}
