package main

import (
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
)

// wouldTakeAway is what must be mended before a load balancer may lose anything: parts that cannot be read, and that may have served before they were
// broken. A backend that is missing is none of them: Kubernetes asks for a 503 in its place. Nor is what the cloud cannot do, or what
// an older object decides: that is read, and stays refused whatever happens.
func wouldTakeAway(problems []model.Problem) []model.Ref {
	var out []model.Ref
	for _, p := range distinct(slices.Clone(problems)) {
		if p.Refuses() && (isCertificate(p.Origin) || isBrokenRule(p) || isScheme(p.Origin)) && !slices.Contains(out, p.Origin) {
			out = append(out, p.Origin)
		}
	}
	return out
}

// isCertificate tells whether a problem is that of a certificate, of which HTTPS hangs.
func isCertificate(r model.Ref) bool {
	return r.Kind == "Secret" || strings.HasPrefix(r.Field, "spec.tls") || r.Field == "metadata.annotations["+ownDomain+"certificates]"
}

// isScheme tells whether a problem is that of the scheme: another scheme is another load balancer, at another address.
func isScheme(r model.Ref) bool { return r.Field == "metadata.annotations["+ownDomain+"scheme]" }

// isBrokenRule tells whether a rule or path of an Ingress cannot be read.
func isBrokenRule(p model.Problem) bool {
	return p.Reason == model.ReasonInvalid && strings.HasPrefix(p.Origin.Field, "spec.rules[") && !strings.Contains(p.Origin.Field, ".backend")
}
