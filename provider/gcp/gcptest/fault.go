package gcptest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// fault is an error reply of the API (recording of a 404 of networks.get).
type fault struct {
	status  int
	reason  string
	message string
	// state is the canonical code ("INVALID_ARGUMENT"). It is empty for replies without one.
	state string
}

func (f *fault) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.reason, f.message) }

// write sends the fault as an error body of the API.
func (f *fault) write(w http.ResponseWriter) {
	body := map[string]any{
		"code":    f.status,
		"message": f.message,
		"errors":  []any{map[string]any{"message": f.message, "domain": f.domain(), "reason": f.reason}},
	}
	if f.state != "" {
		body["status"] = f.state
	}
	reply(w, f.status, map[string]any{"error": body})
}

// domain returns the domain of the error.
func (f *fault) domain() string {
	if f.reason == "rateLimitExceeded" || f.reason == "quotaExceeded" {
		return "usageLimits"
	}
	return "global"
}

// reply sends a JSON body with the headers of the recordings.
func reply(w http.ResponseWriter, status int, body any) {
	raw, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n'))
}

func notFound(path string) *fault {
	return &fault{status: http.StatusNotFound, reason: "notFound", message: fmt.Sprintf("The resource '%s' was not found", path)}
}

func alreadyExists(path string) *fault {
	return &fault{status: http.StatusConflict, reason: "alreadyExists", message: fmt.Sprintf("The resource '%s' already exists", path)}
}

func inUse(path, by string) *fault {
	return &fault{status: http.StatusBadRequest, reason: "resourceInUseByAnotherResource",
		message: fmt.Sprintf("The resource '%s' is already being used by '%s'", path, by)}
}

func notReady(path string) *fault {
	return &fault{status: http.StatusBadRequest, reason: "resourceNotReady", message: fmt.Sprintf("The resource '%s' is not ready", path)}
}

func staleFingerprint() *fault {
	return &fault{status: http.StatusPreconditionFailed, reason: "conditionNotMet",
		message: "Invalid fingerprint."}
}

// invalid is the reply to a value that the API rejects.
func invalid(field string, value any, why string) *fault {
	message := fmt.Sprintf("Invalid value for field '%s': '%v'.", field, value)
	if why != "" {
		message += " " + why
	}
	return &fault{status: http.StatusBadRequest, reason: "invalid", message: message}
}

// required is the reply to a missing field.
func required(field string) *fault {
	return &fault{status: http.StatusBadRequest, reason: "required", message: fmt.Sprintf("Required field '%s' not specified", field)}
}

// unknownField is the reply to a member that is not in the schema.
func unknownField(name, at string) *fault {
	message := fmt.Sprintf("Invalid JSON payload received. Unknown name %q: Cannot find field.", name)
	if at != "" {
		message = fmt.Sprintf("Invalid JSON payload received. Unknown name %q at '%s': Cannot find field.", name, at)
	}
	return &fault{status: http.StatusBadRequest, reason: "badRequest", message: message, state: "INVALID_ARGUMENT"}
}

// notEmulated is the reply to a field of the API that this server does not emulate. The cloud would
// accept it.
func notEmulated(field string) *fault {
	return &fault{status: http.StatusBadRequest, reason: "notEmulated",
		message: fmt.Sprintf("Field '%s' is not emulated: the embedded cloud only accepts fields that have an effect", field)}
}

func quotaExceeded(metric string, limit int, place string) *fault {
	where := "globally"
	if place != "" {
		where = "in region " + place
	}
	return &fault{status: http.StatusForbidden, reason: "quotaExceeded",
		message: fmt.Sprintf("Quota '%s' exceeded.  Limit: %d.0 %s.", metric, limit, where)}
}

func noMethod(method, path string) *fault {
	return &fault{status: http.StatusNotFound, reason: "notFound", message: fmt.Sprintf("%s %s: no such method", method, path)}
}
