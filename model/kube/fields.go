package kube

import "strconv"

// fields keeps the paths of fields that many Ingresses have, so that each is made once.
type fields struct {
	paths [4][8]string
	rules [4]string
}

// path is "spec.rules[rule].http.paths[path]".
func (f *fields) path(rule, path int) string {
	if rule >= len(f.paths) || path >= len(f.paths[0]) {
		return pathField(rule, path)
	}
	s := &f.paths[rule][path]
	if *s == "" {
		*s = pathField(rule, path)
	}
	return *s
}

// rule is "spec.rules[rule]".
func (f *fields) rule(rule int) string {
	if rule >= len(f.rules) {
		return ruleField(rule)
	}
	if f.rules[rule] == "" {
		f.rules[rule] = ruleField(rule)
	}
	return f.rules[rule]
}

func ruleField(rule int) string { return "spec.rules[" + strconv.Itoa(rule) + "]" }

func pathField(rule, path int) string {
	return ruleField(rule) + ".http.paths[" + strconv.Itoa(path) + "]"
}

func tlsField(i int) string { return "spec.tls[" + strconv.Itoa(i) + "]" }

// annotationField names an annotation, unless its name could not be one.
func annotationField(name string) string {
	if !printable(name) || len(name) > maxWord {
		return "metadata.annotations"
	}
	return "metadata.annotations[" + name + "]"
}

// quote prints what a tenant wrote, shortened, so that a message stays one line.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

func endpointField(i int) string { return "endpoints[" + strconv.Itoa(i) + "]" }

func hostField(entry, host int) string { return tlsField(entry) + ".hosts[" + strconv.Itoa(host) + "]" }
