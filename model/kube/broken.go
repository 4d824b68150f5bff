package kube

import (
	"strings"

	"github.com/headgate-io/headgate/model"
)

// Unreadable tells whether a problem of [Build] is that a part of an object cannot be read which
// may have served before it was broken: a certificate, of which HTTPS hangs, a rule or path, or the
// scheme, for another one is another load balancer. A backend that is missing is none of them:
// Kubernetes asks for a 503 in its place. Nor is what the cloud cannot do, or what an older object
// decides: that is read, and stays refused whatever happens.
func Unreadable(p model.Problem) bool {
	return p.Refuses() && (isCertificate(p.Origin) || isBrokenRule(p) || IsScheme(p.Origin))
}

// IsScheme tells whether something is the annotation that says from where a load balancer is
// reached.
func IsScheme(r model.Ref) bool { return r.Field == annotationField(prefix+"scheme") }

func isCertificate(r model.Ref) bool {
	return r.Kind == "Secret" || strings.HasPrefix(r.Field, "spec.tls") || r.Field == annotationField(prefix+"certificates")
}

func isBrokenRule(p model.Problem) bool {
	return p.Reason == model.ReasonInvalid && strings.HasPrefix(p.Origin.Field, "spec.rules[") && !strings.Contains(p.Origin.Field, ".backend")
}
