package kube_test

import (
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

func TestUnreadableIsWhatMayHaveServedBefore(t *testing.T) {
	ingress := func(field string) model.Ref {
		return model.Ref{Kind: "Ingress", Namespace: "ns", Name: "web", Field: field}
	}
	for name, tt := range map[string]struct {
		origin model.Ref
		reason model.Reason
		want   bool
	}{
		"a Secret":                  {model.Ref{Kind: "Secret", Namespace: "ns", Name: "cert"}, model.ReasonInvalid, true},
		"a Secret that is missing":  {ingress("spec.tls[0].secretName"), model.ReasonNotFound, true},
		"named certificates":        {ingress("metadata.annotations[headgate.io/certificates]"), model.ReasonInvalid, true},
		"the scheme":                {ingress("metadata.annotations[headgate.io/scheme]"), model.ReasonInvalid, true},
		"a host":                    {ingress("spec.rules[0].host"), model.ReasonInvalid, true},
		"a path":                    {ingress("spec.rules[0].http.paths[1].path"), model.ReasonInvalid, true},
		"a backend of no kind":      {ingress("spec.rules[0].http.paths[1].backend"), model.ReasonInvalid, false},
		"a Service that is missing": {ingress("spec.rules[0].http.paths[1].backend.service.name"), model.ReasonNotFound, false},
		"what the cloud cannot do":  {ingress("spec.rules[0].http.paths[1]"), model.ReasonUnsupported, false},
		"what an older one decides": {ingress("spec.rules[0].http.paths[1]"), model.ReasonConflict, false},
		"another annotation":        {ingress("metadata.annotations[headgate.io/tags]"), model.ReasonInvalid, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := kube.Unreadable(model.Problem{Origin: tt.origin, Reason: tt.reason}); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
