package deploy_test

import (
	"slices"
	"testing"
)

// A controller that watches some namespaces has no permissions in others. The end-to-end tests run
// a controller with what testdata/ has of this.
func TestNamespacedInstallUsesRolesOnly(t *testing.T) {
	all := byHelm(t, "aws", "watchNamespaces: ["+namespace+", shop]")
	golden(t, "aws-namespaced", manifest(t, byHelm(t, "aws", "watchNamespaces: ["+namespace+"]")))
	wide := rulesOf(all["ClusterRole /headgate-aws"])
	narrow := rulesOf(all["Role shop/headgate-aws-ingresses"])
	if slices.Contains(wide, "secrets") || slices.Contains(wide, "pods") {
		t.Errorf("in all namespaces it has %v", wide)
	}
	want := rulesOf(byHelm(t, "aws", "{}")["ClusterRole /headgate-aws"])
	got := append(slices.Clone(wide), narrow...)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("together they are %v, and should be %v", got, want)
	}
	for _, ns := range []string{namespace, "shop"} {
		subject := all["RoleBinding "+ns+"/headgate-aws-ingresses"].at("subjects").([]any)[0].(map[string]any)
		if subject["namespace"] != namespace || subject["name"] != "headgate-aws" {
			t.Errorf("in %s the role is bound to %v", ns, subject)
		}
	}
}

// rulesOf returns the resources in the rules of a role.
func rulesOf(o object) []string {
	var all []string
	for _, r := range o.at("rules").([]any) {
		for _, name := range r.(map[string]any)["resources"].([]any) {
			all = append(all, name.(string))
		}
	}
	return all
}
