package kube

import (
	"strings"

	"github.com/headgate-io/headgate/model"
)

// Unreadable reports whether a problem of [Build] is about a part of an object that cannot be read
// and that may have served requests before it became invalid: a certificate, which HTTPS needs; a
// rule or path; or the scheme, since another scheme is another load balancer.
//
// A missing backend is not unreadable: Kubernetes expects the answer 503. What the cloud cannot do,
// and what an older object decides, is readable and stays refused.
func Unreadable(p model.Problem) bool {
	return p.Refuses() && (isCertificate(p.Origin) || isBrokenRule(p) || IsScheme(p.Origin))
}

// IsScheme reports whether a reference is to the annotation that sets the scheme of a load
// balancer.
func IsScheme(r model.Ref) bool { return r.Field == annotationField(prefix+"scheme") }

func isCertificate(r model.Ref) bool {
	return r.Kind == "Secret" || strings.HasPrefix(r.Field, "spec.tls") || r.Field == annotationField(prefix+"certificates")
}

func isBrokenRule(p model.Problem) bool {
	return p.Reason == model.ReasonInvalid && strings.HasPrefix(p.Origin.Field, "spec.rules[") && !strings.Contains(p.Origin.Field, ".backend")
}
