package awstest

import "fmt"

// apiError is an error response of AWS.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// refuse returns an error with status 400, which nearly all codes of AWS have.
func refuse(code, format string, args ...any) error {
	return &apiError{status: 400, code: code, message: fmt.Sprintf(format, args...)}
}

// invalid returns the error of Elastic Load Balancing for a request that does not conform to the
// service model (Common Error Types).
func invalid(format string, args ...any) error {
	return refuse("ValidationError", format, args...)
}

// unsupported returns the error for a feature of AWS that this embedded cloud lacks. Ignoring it
// would look like support.
func unsupported(what string) error {
	return invalid("%s is not supported by the embedded cloud", what)
}
