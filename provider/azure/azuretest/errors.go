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

// invalid is a refusal with 400, the answer to nearly everything that is wrong in a document.
func invalid(code, format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, code, format, args...)
}

// malformed is a document that the network resource provider cannot read; what is wrong stands in the details.
func malformed(code, format string, args ...any) *apiError {
	e := invalid("InvalidRequestFormat", "Cannot parse the request.")
	e.Details = []apiDetail{{Code: code, Message: fmt.Sprintf(format, args...)}}
	return e
}

func notFound(kind, name, group string) *apiError {
	return refuse(http.StatusNotFound, "ResourceNotFound",
		"The Resource '%s/%s/%s' under resource group '%s' was not found.", provider, kind, name, group)
}

// body is the error as the wire carries it.
func (e *apiError) body() map[string]any {
	details := e.Details
	if details == nil {
		details = []apiDetail{}
	}
	return map[string]any{"code": e.Code, "message": e.Message, "details": details}
}

func (e *apiError) write(w http.ResponseWriter) {
	w.Header().Set("X-Ms-Error-Code", e.Code)
	writeJSON(w, e.Status, map[string]any{"error": e.body()})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away is no concern of the cloud
}
