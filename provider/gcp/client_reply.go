package gcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/headgate-io/headgate/provider"
)

// readLimit bounds one read, and listLimit all pages of a list. The server itself waits up to two
// minutes for an operation.
const (
	readLimit = 3 * time.Minute
	listLimit = 10 * time.Minute
)

// maxReply bounds the body of a reply, in bytes.
const maxReply = 256 << 20

// maxRedirects is the number of redirects that the client of the standard library follows.
const maxRedirects = 10

var (
	errRedirect = errors.New("the API redirects to another server")
	errReply    = errors.New("the reply of the API is not as documented")
)

// checked returns the client with a transport that rejects replies which the SDK's types cannot
// represent. It does not follow redirects to another server.
func checked(client *http.Client) *http.Client {
	out := *client
	base := out.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	out.Transport = &checkedTransport{base}
	out.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) >= maxRedirects || r.URL.Host != via[0].URL.Host {
			return errRedirect
		}
		return nil
	}
	return &out
}

type checkedTransport struct{ base http.RoundTripper }

func (t *checkedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	reply, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(reply.Body, maxReply+1))
	_ = reply.Body.Close()
	if err != nil {
		return nil, err
	}
	if len(raw) > maxReply {
		return nil, fmt.Errorf("%w: it is larger than %d bytes", errReply, maxReply)
	}
	if reply.StatusCode >= 200 && reply.StatusCode < 300 && reply.StatusCode != http.StatusNoContent {
		if err := checkReply(raw); err != nil {
			return nil, err
		}
	}
	reply.Body = io.NopCloser(bytes.NewReader(raw))
	return reply, nil
}

// checkReply rejects a reply that is not a JSON object, and one with null in a list. The SDK
// decodes such a reply to a nil pointer.
func checkReply(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0:
		return fmt.Errorf("%w: it is empty", errReply)
	case raw[0] != '{':
		return fmt.Errorf("%w: it is no JSON object", errReply)
	case listsNull(raw):
		return fmt.Errorf("%w: it has null in a list", errReply)
	default:
		return nil
	}
}

// listsNull reports whether a list in a JSON text has the element null. It does not validate the
// text.
func listsNull(raw []byte) bool {
	var open []byte
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '"':
			i = endOfString(raw, i)
		case '{', '[':
			open = append(open, c)
		case '}', ']':
			open = open[:max(len(open)-1, 0)]
		case 'n':
			if len(open) > 0 && open[len(open)-1] == '[' {
				return true
			}
		}
	}
	return false
}

// endOfString returns the index of the quote that ends the string which begins at i.
func endOfString(raw []byte, i int) int {
	for i++; i < len(raw) && raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i
}

// limited is the context of a call with a limit of its own.
func limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("the API did not reply within %s", limit))
}

// badReply returns the error for a reply without what it must have.
func badReply(what string) error {
	return &provider.Error{Code: provider.Unavailable, Err: fmt.Errorf("%w: it has no %s", errReply, what)}
}
