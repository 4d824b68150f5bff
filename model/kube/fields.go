package kube

import (
	"strconv"

	"github.com/headgate-io/headgate/model"
)

func ruleField(rule int) string { return "spec.rules[" + strconv.Itoa(rule) + "]" }

func pathField(rule, path int) string {
	return "spec.rules[" + strconv.Itoa(rule) + "].http.paths[" + strconv.Itoa(path) + "]"
}

func tlsField(entry int) string { return "spec.tls[" + strconv.Itoa(entry) + "]" }

func hostField(entry, host int) string { return tlsField(entry) + ".hosts[" + strconv.Itoa(host) + "]" }

func endpointField(i int) string { return "endpoints[" + strconv.Itoa(i) + "]" }

// annotationField names an annotation, unless no annotation can have the name.
func annotationField(name string) string {
	if !model.IsWord(name) {
		return "metadata.annotations"
	}
	return "metadata.annotations[" + name + "]"
}

// quote prints a text of a user, shortened, so that a message stays one line.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
