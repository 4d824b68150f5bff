package node

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestImageNamesDropTagAndDigest(t *testing.T) {
	for image, want := range map[string]string{
		"headgate.io/echo":               "headgate.io/echo",
		"headgate.io/echo:v1":            "headgate.io/echo",
		"headgate.io/echo@sha256:aa":     "headgate.io/echo",
		"headgate.io/echo:v1@sha256:aa":  "headgate.io/echo",
		"registry.example:5000/echo":     "registry.example:5000/echo",
		"registry.example:5000/echo:tag": "registry.example:5000/echo",
	} {
		if got := imageName(image); got != want {
			t.Errorf("%s: %s, want %s", image, got, want)
		}
	}
}

func TestVariableExpansionMatchesKubernetes(t *testing.T) {
	env := []string{"A=1", "B=two words", "A=3"}
	for in, want := range map[string]string{
		"plain": "plain", "$(A)": "3", "x$(B)y": "xtwo wordsy", "$(NONE)": "$(NONE)", "$$(A)": "$(A)", "$A": "$A", "$(": "$(",
	} {
		if got := expand(in, env); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestContainersGetPodFields(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "shop-1", Namespace: "demo", UID: "u"}, Spec: corev1.PodSpec{NodeName: "node-0"},
	}
	from := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	c := &corev1.Container{Name: "c", Env: []corev1.EnvVar{
		{Name: "UID", ValueFrom: from("metadata.uid")}, {Name: "URL", Value: "http://$(POD_IP)/$(IMAGE)"},
	}}
	got, err := environment(pod, c, Image{Env: []string{"IMAGE=echo"}}, netip.MustParseAddr("10.1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"POD_NAME=shop-1", "POD_NAMESPACE=demo", "NODE_NAME=node-0", "UID=u", "URL=http://10.1.2.3/echo"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not in %v", want, got)
		}
	}
	c.Env = []corev1.EnvVar{{Name: "X", ValueFrom: from("status.hostIP")}}
	if _, err := environment(pod, c, Image{}, netip.Addr{}); err == nil {
		t.Error("an unknown field is accepted")
	}
}

func TestContainerArgumentsOverrideImage(t *testing.T) {
	image, env := Image{Args: []string{"-port=$(P)"}}, []string{"P=80"}
	if diff := cmp.Diff([]string{"-port=80"}, arguments(&corev1.Container{}, image, env)); diff != "" {
		t.Errorf("the image's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"-x"}, arguments(&corev1.Container{Args: []string{"-x"}}, image, env)); diff != "" {
		t.Errorf("the container's (-want +got):\n%s", diff)
	}
}
