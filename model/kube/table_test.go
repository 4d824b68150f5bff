package kube

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnnotationsPageListsEveryAnnotation(t *testing.T) {
	want := page()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile("ANNOTATIONS.md", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("ANNOTATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("ANNOTATIONS.md differs from the declarations; UPDATE_GOLDEN=1 writes it (-want +got):\n%s", diff)
	}
}

// page writes the annotations as Markdown.
func page() string {
	var b strings.Builder
	b.WriteString(`# Annotations

These annotations set what an Ingress has no field for. A test generates this page from the
declarations in ` + "`annotations.go`" + ` and in the ` + "`*_settings.go`" + ` files of package ` + "`model`" + `.

Three things are problems of the object, with the reason Invalid: an annotation in the domain
` + "`headgate.io`" + ` that is not on this page, a value that is not allowed, and an annotation on a kind of
object where it has no effect. The default applies then.

If both a Service and an Ingress set an annotation, the Service wins, since its owner knows the
backend best. If several Ingresses share a load balancer, the oldest one decides what the load
balancer has only once: scheme, IP family, static addresses and TLS policy.

| annotation | on | allowed | example | default | meaning |
|---|---|---|---|---|---|
`)
	for _, a := range annotations() {
		cells := []string{"`" + prefix + a.Name + "`", a.on.String(), a.Describe(), "`" + a.Example + "`", a.Unset, a.Meaning}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

func TestEveryAnnotationIsDeclaredOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range annotations() {
		if seen[a.Name] || a.on == 0 || a.Describe() == "" || a.Example == "" || a.Unset == "" || a.Meaning == "" {
			t.Errorf("%s is declared twice, or incompletely", a.Name)
		}
		seen[a.Name] = true
		if strings.Contains(a.Describe()+a.Example+a.Unset+a.Meaning, "|") {
			t.Errorf("%s would break the page", a.Name)
		}
		var s settings
		if a.IsSet(&s) || !a.Set(&s, a.Example) || !a.IsSet(&s) {
			t.Errorf("%s: the example %q sets nothing", a.Name, a.Example)
		}
	}
}

func TestUnknownAnnotationsSuggestASimilarName(t *testing.T) {
	table := newAnnotationTable()
	for name, want := range map[string]string{
		"schema":                   "; did you mean headgate.io/scheme?",
		"health-check-intervall":   "; did you mean headgate.io/health-check-interval?",
		"target_mode":              "; did you mean headgate.io/target-mode?",
		"certificate":              "; did you mean headgate.io/certificates?",
		"unrelated-thing":          "",
		strings.Repeat("x", 1<<16): "",
	} {
		if got := table.suggest(name); got != want {
			t.Errorf("suggest(%.40q) is %q, want %q", name, got, want)
		}
	}
}
