package program

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/headgate-io/headgate/provider"
)

// APIOfAWS returns the operation of a request to AWS, which is in a header or in the form (Elastic
// Load Balancing API reference, "Making Query requests"; ACM API reference).
func APIOfAWS(r *http.Request) string {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	if r.GetBody != nil && r.ContentLength < maxForm {
		if body, err := r.GetBody(); err == nil {
			form, err := io.ReadAll(io.LimitReader(body, maxForm))
			_ = body.Close()
			if values, bad := url.ParseQuery(string(form)); err == nil && bad == nil && values.Get("Action") != "" {
				return values.Get("Action")
			}
		}
	}
	return other
}

const (
	maxForm = 1 << 20
	other   = "other"
)

// APIOfGCP returns the method of a request to the compute API, such as compute.urlMaps.patch (its
// discovery document).
func APIOfGCP(r *http.Request) string {
	_, rest, ok := strings.Cut(r.URL.Path, "/projects/")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 2 {
		return other
	}
	parts = parts[1:]
	switch parts[0] {
	case "global":
		parts = parts[1:]
	case "zones", "regions":
		parts = parts[min(2, len(parts)):]
	case "aggregated":
		return "compute." + strings.Join(parts[1:], ".") + ".aggregatedList"
	}
	if len(parts) == 0 {
		return other
	}
	return "compute." + parts[0] + "." + verbOfGCP(r.Method, parts)
}

func verbOfGCP(method string, parts []string) string {
	switch {
	case len(parts) > 2:
		return parts[2]
	case method == http.MethodGet && len(parts) == 1:
		return "list"
	case method == http.MethodGet:
		return "get"
	case method == http.MethodPost:
		return "insert"
	case method == http.MethodPut:
		return "update"
	default:
		return strings.ToLower(method)
	}
}

// APIOfAzure returns the resource type of a request to Azure Resource Manager, with the verb of its
// permission.
func APIOfAzure(r *http.Request) string {
	i := strings.LastIndex(r.URL.Path, "/providers/")
	if i < 0 {
		return other
	}
	parts := strings.Split(r.URL.Path[i+len("/providers/"):], "/")
	kind := parts[:1]
	for n := 1; n < len(parts); n += 2 {
		kind = append(kind, parts[n])
	}
	if len(kind) > 1 && kind[1] == "locations" { // the status of a long-running operation
		return parts[0] + "/operations/read"
	}
	verb := map[string]string{http.MethodGet: "read", http.MethodPut: "write", http.MethodPatch: "write", http.MethodDelete: "delete"}[r.Method]
	if verb == "" {
		verb = "action"
	}
	return strings.Join(kind, "/") + "/" + verb
}

// PermissionOfAWS returns the IAM action that was missing: the one in the message, otherwise that
// of the operation (Service Authorization Reference: actions are named like operations).
func PermissionOfAWS(err error) string {
	if found := between(err, `(?:perform:?|action) ([a-z0-9-]+:[A-Za-z]+)`); found != "" {
		return found
	}
	op := opOf(err)
	if strings.Contains(strings.ToLower(err.Error()), "credential") {
		return "" // without credentials there was no call
	}
	switch {
	case op == "" || !regexp.MustCompile(`^[A-Z][A-Za-z]+$`).MatchString(op):
		return ""
	case strings.Contains(op, "Certificate") && !strings.Contains(op, "Listener"):
		return "acm:" + op
	case strings.Contains(op, "SecurityGroup") && op != "SetSecurityGroups", strings.Contains(op, "Subnet") && op != "SetSubnets", strings.Contains(op, "Vpc"),
		op == "CreateTags":
		return "ec2:" + op
	case op == "GetResources":
		return "tag:" + op
	default:
		return "elasticloadbalancing:" + op
	}
}

// PermissionOfGCP returns the IAM permission in the message of a denied call: Required
// 'compute.urlMaps.create' permission for ….
func PermissionOfGCP(err error) string { return between(err, `'([a-z]+\.[A-Za-z]+\.[A-Za-z]+)'`) }

// PermissionOfAzure returns the action in the message of a denied call: … does not have
// authorization to perform action '…' over scope …. In the error LinkedAuthorizationFailed, the
// missing action on a referenced resource comes after one that was granted.
func PermissionOfAzure(err error) string {
	return between(err, `(?:does not have authorization to|does not have permission to) perform action(?:\(s\))? '([A-Za-z./]+)'`)
}

func between(err error, pattern string) string {
	if m := regexp.MustCompile(pattern).FindStringSubmatch(err.Error()); m != nil {
		return m[1]
	}
	return ""
}

func opOf(err error) string {
	if e, ok := errors.AsType[*provider.Error](err); ok {
		return e.Op
	}
	return ""
}
