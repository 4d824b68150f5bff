package azuretest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is a refusal in the form of Azure Resource Manager.
type apiError struct {
	Status  int
	Code    string
	Message string
	Details []apiDetail
	// Gateway is set for an error of Azure Resource Manager itself, which comes before the call
	// reaches the network resource provider.
	Gateway bool
}

// apiDetail is one entry of the details of a refusal.
type apiDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

func refuse(status int, code, format string, args ...any) *apiError {
	return &apiError{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// invalid returns a refusal with status 400, which is the reply to most errors in a document.
func invalid(code, format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, code, format, args...)
}

// malformed returns the refusal of a document that the network resource provider cannot parse. The
// details describe the error.
func malformed(code, format string, args ...any) *apiError {
	e := invalid("InvalidRequestFormat", "Cannot parse the request.")
	e.Details = []apiDetail{{Code: code, Message: fmt.Sprintf(format, args...)}}
	return e
}

// missing returns the reply to a call for a resource that does not exist. Recorded traffic has two
// forms: that of Azure Resource Manager for a gateway that never existed, and that of the network
// resource provider for one that was just deleted. Unverified: when the first replaces the second,
// which never happens here, and that other types do the same.
func (s *Server) missing(c call) *apiError {
	if s.store.gone[key(c.id())] {
		return refuse(http.StatusNotFound, "NotFound", "Resource %s not found.", c.id())
	}
	e := refuse(http.StatusNotFound, "ResourceNotFound", "The Resource '%s/%s/%s' under resource group '%s' was not found. "+
		"For more details please go to https://aka.ms/ARMResourceNotFoundFix", provider, c.kind, c.name, c.group)
	e.Gateway = true
	return e
}

// body returns the JSON of the error. Errors of Azure Resource Manager have no details.
func (e *apiError) body() map[string]any {
	if e.Gateway {
		return map[string]any{"code": e.Code, "message": e.Message}
	}
	details := e.Details
	if details == nil {
		details = []apiDetail{}
	}
	return map[string]any{"code": e.Code, "message": e.Message, "details": details}
}

func (e *apiError) write(w http.ResponseWriter) {
	if e.Gateway {
		w.Header().Set("X-Ms-Failure-Cause", "gateway")
	}
	writeJSON(w, e.Status, map[string]any{"error": e.body()})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		// documents come from JSON, so they marshal
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache", "Pragma": "no-cache", "Expires": "-1",
	} {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a lost client is no error of the cloud
}
