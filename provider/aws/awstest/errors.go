package awstest

import "fmt"

// apiError is a refusal: the code and status that AWS answers with, and a message for a human.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// refuse is an error of the sender with status 400, which nearly all of AWS's codes carry.
func refuse(code, format string, args ...any) error {
	return &apiError{status: 400, code: code, message: fmt.Sprintf(format, args...)}
}

// invalid is Elastic Load Balancing's reply to a request that does not fit the service model
// (Common Error Types).
func invalid(format string, args ...any) error {
	return refuse("ValidationError", format, args...)
}

// unserved refuses what AWS offers and this embedded cloud does not, so that nobody mistakes
// silence for support.
func unserved(what string) error {
	return invalid("%s is not served by the embedded cloud", what)
}
