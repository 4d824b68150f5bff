package awstest

import (
	"net/http"
	"slices"
	"strings"
)

// credential is the access key ID and the service in the signature of a request.
type credential struct{ key, service string }

// credentialOf parses the Credential element of a SigV4 Authorization header,
// KEY/DATE/REGION/SERVICE/aws4_request (IAM user guide, "Signature Version 4 … request elements").
func credentialOf(r *http.Request) (credential, bool) {
	header := r.Header.Get("Authorization")
	_, rest, ok := strings.Cut(header, "Credential=")
	if !ok || !strings.HasPrefix(header, "AWS4-HMAC-SHA256 ") {
		return credential{}, false
	}
	scope, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(strings.TrimSpace(scope), "/")
	if len(parts) != 5 || parts[4] != "aws4_request" || !strings.Contains(header, "Signature=") {
		return credential{}, false
	}
	return credential{key: parts[0], service: parts[3]}, true
}

func scopeOf(r *http.Request) string {
	c, _ := credentialOf(r)
	return c.service
}

// serviceOf returns the service of a request without reading its body.
func serviceOf(r *http.Request) service {
	switch {
	case strings.HasPrefix(r.Header.Get("X-Amz-Target"), taggingTarget+"."):
		return serviceTag
	case r.Header.Get("X-Amz-Target") != "":
		return serviceACM
	case scopeOf(r) == string(serviceEC2):
		return serviceEC2
	default:
		return serviceELB
	}
}

// authenticate rejects requests without a signature, with unknown keys and with expired sessions.
// Codes and status are those of the page "Common errors" of each service.
func (s *Server) authenticate(r *http.Request, svc service) error {
	c, ok := credentialOf(r)
	switch {
	case !ok:
		return credentialError(svc, "MissingAuthenticationToken", "request is missing authentication token")
	case c.service != string(svc):
		return credentialError(svc, "SignatureDoesNotMatch", "credential should be scoped to service '"+string(svc)+"', not '"+c.service+"'")
	case slices.Contains(s.options.RefusedKeys, c.key):
		return credentialError(svc, "InvalidClientTokenId", "the security token included in the request is invalid")
	case slices.Contains(s.options.ExpiredKeys, c.key):
		return credentialError(svc, "ExpiredToken", "the security token included in the request is expired")
	default:
		return nil
	}
}

func credentialError(svc service, code, message string) error {
	switch {
	case svc.json() && code == "InvalidClientTokenId":
		return &apiError{status: http.StatusBadRequest, code: "UnrecognizedClientException", message: message}
	case svc.json():
		return &apiError{status: http.StatusBadRequest, code: code + "Exception", message: message}
	case svc == serviceEC2 && code == "ExpiredToken":
		return &apiError{status: http.StatusBadRequest, code: "RequestExpired", message: message}
	case svc == serviceEC2:
		return &apiError{status: http.StatusUnauthorized, code: "AuthFailure", message: "AWS was not able to validate the provided access credentials"}
	default:
		return &apiError{status: http.StatusForbidden, code: code, message: message}
	}
}

// permit rejects the actions that the policy of the account denies, with the code of the service
// ("Common errors" of each).
func (s *Server) permit(svc service, name string) error {
	action := string(svc) + ":" + name
	if svc == serviceTag {
		// Service Authorization Reference, "Amazon Resource Group Tagging API"
		action = "tag:" + name
	}
	message := "User is not authorized to perform: " + action
	switch {
	case !slices.Contains(s.options.DeniedActions, action):
		return nil
	case svc.json():
		return &apiError{status: http.StatusBadRequest, code: "AccessDeniedException", message: message}
	case svc == serviceEC2:
		return &apiError{status: http.StatusForbidden, code: "UnauthorizedOperation", message: message}
	default:
		return &apiError{status: http.StatusForbidden, code: "AccessDenied", message: message}
	}
}

// throttled writes the response of a service that throttles a request.
func throttled(w http.ResponseWriter, r *http.Request) {
	switch svc := serviceOf(r); svc {
	case serviceEC2:
		writeError(w, svc, &apiError{status: http.StatusServiceUnavailable, code: "RequestLimitExceeded", message: "request limit exceeded"})
	case serviceACM:
		writeError(w, svc, refuse("ThrottlingException", "rate exceeded"))
	case serviceTag:
		writeError(w, svc, refuse("ThrottledException", "rate exceeded"))
	case serviceELB:
		writeError(w, svc, refuse("Throttling", "rate exceeded"))
	}
}

// broken writes the response of a service that fails.
func broken(w http.ResponseWriter, r *http.Request) {
	svc := serviceOf(r)
	code := "InternalFailure"
	switch svc {
	case serviceEC2:
		code = "InternalError"
	case serviceTag:
		code = "InternalServiceException"
	case serviceELB, serviceACM:
	}
	writeError(w, svc, &apiError{status: http.StatusInternalServerError, code: code, message: "an internal error has occurred"})
}
