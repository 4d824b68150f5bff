package awstest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/provider/cloudtest"
)

// service is one of the AWS services that the server implements.
type service string

const (
	serviceELB service = "elasticloadbalancing"
	serviceEC2 service = "ec2"
	serviceACM service = "acm"
	serviceTag service = "tagging" // Resource Groups Tagging API
)

// json reports whether a service uses JSON 1.1.
func (s service) json() bool { return s == serviceACM || s == serviceTag }

// operation is an API operation with the types of its request and response.
type operation struct {
	write bool
	in    reflect.Type
	out   reflect.Type
	call  func(s *Server, decode func(any) error) (any, error)
}

// reads returns an operation that does not change state. The function runs with the lock held.
func reads[I, O any](f func(*Server, *I) (*O, error)) operation {
	return operation{
		in: reflect.TypeFor[I](), out: reflect.TypeFor[O](),
		call: func(s *Server, decode func(any) error) (any, error) {
			in := new(I)
			if err := decode(in); err != nil {
				return nil, err
			}
			return f(s, in)
		},
	}
}

// writes returns an operation that changes state.
func writes[I, O any](f func(*Server, *I) (*O, error)) operation {
	op := reads(f)
	op.write = true
	return op
}

// serve serves a request to the control plane.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	svc, name := s.target(r, body)
	response, err := s.perform(r, svc, name, body)
	if err != nil {
		writeError(w, svc, err)
		return
	}
	writeResponse(w, svc, name, response)
}

// target returns the service and the operation of a request. AWS has a host for each service. Here
// all share one endpoint, so that the scope of the signature decides (SigV4: the credential scope
// names the service), or the header X-Amz-Target or the parameter Version.
func (s *Server) target(r *http.Request, body []byte) (service, string) {
	if name := r.Header.Get("X-Amz-Target"); name != "" {
		prefix, name, _ := strings.Cut(name, ".")
		if prefix == taggingTarget {
			return serviceTag, name
		}
		return serviceACM, name
	}
	form := formOf(r, body)
	svc := serviceELB
	if scope := scopeOf(r); scope == string(serviceEC2) || scope == "" && strings.HasPrefix(form.Get("Version"), "2016") {
		svc = serviceEC2
	}
	return svc, form.Get("Action")
}

func formOf(r *http.Request, body []byte) url.Values {
	form := r.URL.Query()
	if parsed, err := url.ParseQuery(string(body)); err == nil {
		for key, values := range parsed {
			form[key] = values
		}
	}
	return form
}

// describe returns the operation of a request for the wire, which stores the name. The name is a
// copy, so that it does not retain the body.
func (s *Server) describe(r *http.Request, body []byte) (string, cloudtest.Kind) {
	svc, name := s.target(r, body)
	kind := cloudtest.Read
	if s.operations[svc][name].write {
		kind = cloudtest.Write
	}
	return strings.Clone(name), kind
}

func (s *Server) perform(r *http.Request, svc service, name string, body []byte) (any, error) {
	if err := s.authenticate(r, svc); err != nil {
		return nil, err
	}
	op, ok := s.operations[svc][name]
	if !ok {
		return nil, unknownOperation(svc, name)
	}
	if err := s.permit(svc, name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	response, err := op.call(s, decoderOf(svc, r, body))
	if err == nil && op.write {
		s.follow()
		s.changed.Fire()
	}
	return response, err
}

func unknownOperation(svc service, name string) error {
	if svc.json() {
		return refuse("UnknownOperationException", "the embedded cloud does not support %q", name)
	}
	return refuse("InvalidAction", "the embedded cloud does not support %q", name)
}

// decoderOf returns a function that decodes a request and checks it against the service model, with
// the error codes of the service.
func decoderOf(svc service, r *http.Request, body []byte) func(any) error {
	switch svc {
	case serviceACM, serviceTag:
		return func(into any) error { return decodeJSON(body, into) }
	case serviceEC2:
		return func(into any) error { return decodeEC2(parseForm(formOf(r, body)), into) }
	case serviceELB:
		return func(into any) error { return decodeELB(parseForm(formOf(r, body)), into) }
	default:
		return func(any) error { return nil }
	}
}

func decodeELB(form *node, into any) error {
	d := decoder{dialect: queryDialect}
	d.decodeForm(form, into)
	if len(d.unknown) > 0 {
		return unsupported("parameter " + strings.Join(d.unknown, ", "))
	}
	if len(d.invalid) > 0 {
		return refuse("MalformedInput", "invalid value of %s", strings.Join(d.invalid, ", "))
	}
	if found := violations(reflect.ValueOf(into), ""); len(found) > 0 {
		return invalid("%s", modelMessage(found))
	}
	return nil
}

func modelMessage(found []violation) string {
	parts := make([]string, 0, len(found))
	for _, b := range found {
		parts = append(parts, fmt.Sprintf("Value at '%s' failed to satisfy constraint: %s", b.path, b.rule))
	}
	return fmt.Sprintf("%d validation error(s) detected: %s", len(found), strings.Join(parts, "; "))
}

// decodeEC2 reports errors by parameter ("Error codes for the Amazon EC2 API").
func decodeEC2(form *node, into any) error {
	d := decoder{dialect: ec2Dialect}
	d.decodeForm(form, into)
	if len(d.unknown) > 0 {
		return refuse("UnknownParameter", "the parameter %s is not recognized", d.unknown[0])
	}
	if len(d.invalid) > 0 {
		return refuse("InvalidParameterValue", "invalid value of %s", strings.Join(d.invalid, ", "))
	}
	found := violations(reflect.ValueOf(into), "")
	switch {
	case len(found) == 0:
		return nil
	case found[0].missing:
		return refuse("MissingParameter", "the request must contain the parameter %s", found[0].path)
	default:
		return refuse("InvalidParameterValue", "%s: %s", found[0].path, found[0].rule)
	}
}

func decodeJSON(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse("SerializationException", "%v", err)
	}
	if found := violations(reflect.ValueOf(into), ""); len(found) > 0 {
		return refuse("ValidationException", "%s", modelMessage(found))
	}
	return nil
}

func writeResponse(w http.ResponseWriter, svc service, name string, response any) {
	v := reflect.ValueOf(response).Elem()
	e := encoder{}
	switch svc {
	case serviceACM, serviceTag:
		writeJSON(w, http.StatusOK, response)
		return
	case serviceEC2:
		e.dialect = ec2Dialect
		fmt.Fprintf(&e.buf, `<%sResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>%s</requestId>`, name, requestID)
		e.fields(v)
	case serviceELB:
		fmt.Fprintf(&e.buf, `<%sResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><%sResult>`, name, name)
		e.fields(v)
		fmt.Fprintf(&e.buf, `</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>`, name, requestID)
	}
	fmt.Fprintf(&e.buf, "</%sResponse>", name)
	writeXML(w, http.StatusOK, e.buf.Bytes())
}

// requestID is the same in every response, so that recordings can be compared.
const requestID = "00000000-0000-4000-8000-000000000000"

func writeError(w http.ResponseWriter, svc service, err error) {
	var failure *apiError
	if !errors.As(err, &failure) {
		failure = &apiError{status: http.StatusInternalServerError, code: "InternalFailure", message: err.Error()}
	}
	kind := "Sender"
	if failure.status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	var buf bytes.Buffer
	switch svc {
	case serviceACM, serviceTag:
		writeJSON(w, failure.status, map[string]string{"__type": failure.code, "message": failure.message})
		return
	case serviceEC2:
		fmt.Fprintf(&buf, "<Response><Errors><Error><Code>%s</Code><Message>", failure.code)
		escape(&buf, failure.message)
		fmt.Fprintf(&buf, "</Message></Error></Errors><RequestID>%s</RequestID></Response>", requestID)
	case serviceELB:
		fmt.Fprintf(&buf, `<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>%s</Type><Code>%s</Code><Message>`, kind, failure.code)
		escape(&buf, failure.message)
		fmt.Fprintf(&buf, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>", requestID)
	}
	writeXML(w, failure.status, buf.Bytes())
}

func writeXML(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	// A client that is gone is not an error.
	_, _ = w.Write(slices.Concat([]byte(xml.Header), body))
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // as in writeXML
}
