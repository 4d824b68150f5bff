package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-io/headgate/internal/e2e/cluster"
)

// deployedTo is the namespace in the rendered manifests.
const deployedTo = "headgate"

// deployed returns what deploy/ renders for the stage's cloud, by kustomize and by Helm alike,
// moved to the namespace of the test.
func (s *stage) deployed(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return s.rendered(t, s.name)
}

// rendered returns one of the golden files of internal/deploy.
func (s *stage) rendered(t *testing.T, name string) []*unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "deploy", "testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var all []*unstructured.Unstructured
	for doc := range strings.SplitSeq(string(text), "---\n") {
		if doc == "" {
			continue
		}
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &o.Object); err != nil {
			t.Fatal(err)
		}
		o.Object = move(o.Object, s.ns).(map[string]any)
		all = append(all, o)
	}
	return all
}

// move replaces the namespace wherever a manifest names it.
func move(v any, to string) any {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if name == "namespace" && inner == deployedTo {
				v[name] = to
				continue
			}
			v[name] = move(inner, to)
		}
	case []any:
		for i := range v {
			v[i] = move(v[i], to)
		}
	}
	return v
}

// resources maps the rendered kinds to their resource names in the API.
func resources() map[string]schema.GroupVersionResource {
	rbac := schema.GroupVersion{Group: "rbac.authorization.k8s.io", Version: "v1"}
	networking := schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}
	core := schema.GroupVersion{Version: "v1"}
	return map[string]schema.GroupVersionResource{
		"ServiceAccount": core.WithResource("serviceaccounts"), "ConfigMap": core.WithResource("configmaps"), "Service": core.WithResource("services"),
		"Role": rbac.WithResource("roles"), "RoleBinding": rbac.WithResource("rolebindings"),
		"ClusterRole": rbac.WithResource("clusterroles"), "ClusterRoleBinding": rbac.WithResource("clusterrolebindings"),
		"NetworkPolicy": networking.WithResource("networkpolicies"), "IngressClass": networking.WithResource("ingressclasses"),
		"Deployment":                   {Group: "apps", Version: "v1", Resource: "deployments"},
		"PodDisruptionBudget":          {Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
		"MutatingWebhookConfiguration": {Group: "admissionregistration.k8s.io", Version: "v1", Resource: "mutatingwebhookconfigurations"},
	}
}

// apply applies the rendered objects of the given kinds, or all, as `kubectl apply --server-side`
// would. Cluster-scoped objects are deleted with the test.
func (s *stage) apply(t *testing.T, kinds ...string) {
	t.Helper()
	s.put(t, s.deployed(t), kinds...)
}

func (s *stage) put(t *testing.T, objects []*unstructured.Unstructured, kinds ...string) {
	t.Helper()
	client, err := dynamic.NewForConfig(s.cluster.Config())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if len(kinds) > 0 && !slices.Contains(kinds, o.GetKind()) {
			continue
		}
		of, known := resources()[o.GetKind()]
		if !known {
			t.Fatalf("the resource of kind %s is not listed", o.GetKind())
		}
		var in dynamic.ResourceInterface = client.Resource(of)
		if o.GetNamespace() != "" {
			in = client.Resource(of).Namespace(o.GetNamespace())
		} else {
			t.Cleanup(func() { _ = in.Delete(context.Background(), o.GetName(), metav1.DeleteOptions{}) })
		}
		_, err := in.Apply(t.Context(), o.GetName(), o, metav1.ApplyOptions{FieldManager: "e2e", Force: true})
		if err != nil {
			t.Fatalf("apply %s %s: %v", o.GetKind(), o.GetName(), err)
		}
	}
}

// account returns the name of the service account in deploy/.
func (s *stage) account() string { return "headgate-" + s.name }

// user returns the user name that the API server gives the stage's controllers.
func (s *stage) user() string { return fmt.Sprintf("system:serviceaccount:%s:%s", s.ns, s.account()) }

// admit creates the service account with the permissions that deploy/ gives it, and writes a
// kubeconfig with a token of it.
func (s *stage) admit(t *testing.T) {
	t.Helper()
	s.apply(t, "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
	token, err := s.client.CoreV1().ServiceAccounts(s.ns).CreateToken(t.Context(), s.account(), &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	admin := s.cluster.Config()
	s.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	err = cluster.WriteKubeconfig(s.kubeconfig, &rest.Config{
		Host: admin.Host, TLSClientConfig: rest.TLSClientConfig{CAData: admin.CAData}, BearerToken: token.Status.Token,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.neverRefused(t) })
}

// neverRefused fails a test whose controller tried something that it is not permitted to do.
func (s *stage) neverRefused(t *testing.T) {
	t.Helper()
	refused, err := s.cluster.Refused(s.user())
	if err != nil {
		t.Error(err)
	}
	for _, a := range refused {
		t.Errorf("the roles of deploy/ do not allow the controller to %s", a)
	}
}

// label sets a label on the namespace of the test.
func (s *stage) label(t *testing.T, name, value string) {
	t.Helper()
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:%q}}}`, name, value)
	_, err := s.client.CoreV1().Namespaces().Patch(t.Context(), s.ns, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// arguments returns the arguments in the Deployment on the API server, as the kubelet of its pods
// would expand them.
func (s *stage) arguments(t *testing.T) []string {
	t.Helper()
	d, err := s.client.AppsV1().Deployments(s.ns).Get(t.Context(), s.account(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := d.Spec.Template.Spec.Containers[0]
	var args []string
	for _, a := range c.Args {
		for _, e := range c.Env {
			a = strings.ReplaceAll(a, "$("+e.Name+")", s.value(t, e))
		}
		args = append(args, a)
	}
	return args
}

func (s *stage) value(t *testing.T, e corev1.EnvVar) string {
	t.Helper()
	if e.ValueFrom == nil {
		return e.Value
	}
	if e.ValueFrom.FieldRef == nil || e.ValueFrom.FieldRef.FieldPath != "metadata.namespace" {
		t.Fatalf("variable %s has an unknown source", e.Name)
	}
	return s.ns
}
