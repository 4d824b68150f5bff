package azure

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// convert converts an error of the SDK to an error of the contract.
func convert(err error) error {
	var e *azcore.ResponseError
	if !errors.As(err, &e) {
		var final interface{ NonRetriable() }
		if errors.As(err, &final) { // authentication failed, and nothing was sent
			return newError(http.StatusUnauthorized, nil, 0, err)
		}
		return newError(0, nil, 0, err)
	}
	codes, message, wait := []string{e.ErrorCode}, e.ErrorCode, time.Duration(0)
	if e.RawResponse != nil {
		wait = retryAfter(e.RawResponse.Header)
		if raw, err := runtime.Payload(e.RawResponse); err == nil {
			var m map[string]any
			if json.Unmarshal(raw, &m) == nil {
				body, all := readError(m)
				message, codes = cmp.Or(body, message), append(codes, all...)
			}
		}
	}
	return newError(e.StatusCode, codes, wait, fmt.Errorf("status %d: %s", e.StatusCode, message))
}

// readError reads the error in a body. It returns a message of one line, and all codes.
func readError(m map[string]any) (message string, codes []string) {
	e := object(m, "error")
	if e == nil {
		return "", nil
	}
	codes = append(codes, text(e, "code"))
	parts := []string{text(e, "code") + ": " + text(e, "message")}
	details, _ := e["details"].([]any)
	for _, v := range details {
		d, _ := v.(map[string]any)
		codes = append(codes, text(d, "code"))
		parts = append(parts, text(d, "code")+": "+text(d, "message"))
	}
	return strings.Join(parts, "; "), codes
}
