package deploy_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/reconcile/controller"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

// decode reads an object into its Go type, and rejects fields that the type does not have.
func decode(t *testing.T, o object) runtime.Object {
	t.Helper()
	text, err := sigsyaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	codecs := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict)
	typed, _, err := codecs.UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		t.Fatalf("%s: %v", o.key(), err)
	}
	return typed
}

// variants are values of the chart that change which objects or fields are rendered.
func variants() map[string]string {
	return map[string]string{
		"as it is":      "{}",
		"no gates":      "readinessGates: {enabled: false}",
		"no class":      "ingressClass: {create: false}",
		"default class": "ingressClass: {default: true, name: web}",
		"no policy":     "networkPolicy: {create: false}",
		"much": `
image: {digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", pullPolicy: Always}
imagePullSecrets: [{name: pull}]
watchNamespaces: [shop, cart]
dryRun: true
extraArgs: [--window=1s]
extraEnv: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://collector:4318"}]
networkPolicy: {egress: [{ports: [{port: 4318}]}]}
priorityClassName: system-cluster-critical
nodeSelector: {kubernetes.io/os: linux}
tolerations: [{operator: Exists}]
affinity: {nodeAffinity: {}}
podAnnotations: {a: b}
podLabels: {c: d}
replicas: 3`,
	}
}

func TestObjectsDecodeStrictly(t *testing.T) {
	for _, cloud := range clouds(t) {
		for name, more := range variants() {
			t.Run(cloud+"/"+name, func(t *testing.T) {
				for _, o := range byHelm(t, cloud, more) {
					decode(t, o)
				}
			})
		}
	}
}

func deployment(t *testing.T, all objects, cloud string) *appsv1.Deployment {
	t.Helper()
	d, ok := decode(t, all["Deployment "+namespace+"/headgate-"+cloud]).(*appsv1.Deployment)
	if !ok {
		t.Fatal("the object is not a Deployment")
	}
	return d
}

func TestPodsMeetRestrictedPodSecurity(t *testing.T) {
	judge, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, cloud := range clouds(t) {
		d := deployment(t, byHelm(t, cloud, variants()["much"]), cloud)
		result := policy.AggregateCheckResults(judge.EvaluatePod(restricted, &d.Spec.Template.ObjectMeta, &d.Spec.Template.Spec))
		if !result.Allowed {
			t.Errorf("%s: %s", cloud, result.ForbiddenDetail())
		}
		c := d.Spec.Template.Spec.Containers[0]
		if r := c.SecurityContext.ReadOnlyRootFilesystem; r == nil || !*r {
			t.Errorf("%s: the root file system is writable", cloud)
		}
		if c.Resources.Requests.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Limits.Memory().IsZero() {
			t.Errorf("%s: resources %v", cloud, c.Resources)
		}
	}
}

// The flags exist, and so do the ports and paths that services, probes and the webhook name.
func TestControllerAcceptsArguments(t *testing.T) {
	for _, cloud := range clouds(t) {
		for name, more := range variants() {
			all := byHelm(t, cloud, more)
			flags := program.Command(program.Cloud{Name: cloud}).Flags()
			pod := deployment(t, all, cloud).Spec.Template.Spec
			if err := flags.Parse(pod.Containers[0].Args); err != nil {
				t.Errorf("%s, %s: %v", cloud, name, err)
			}
			if want := pod.Containers[0].VolumeMounts[0].MountPath + "/headgate.yaml"; flags.Lookup("config").Value.String() != want {
				t.Errorf("%s, %s: --config is %s, and the file is %s", cloud, name, flags.Lookup("config").Value, want)
			}
			comparePorts(t, pod.Containers[0], map[string]string{
				"metrics": flags.Lookup("metrics-address").Value.String(), "probes": flags.Lookup("probe-address").Value.String(),
				"webhook": ":" + flags.Lookup("webhook-port").Value.String(),
			})
		}
		hook := byHelm(t, cloud, "{}")["MutatingWebhookConfiguration /headgate-"+cloud]
		if path := hook.at("webhooks").([]any)[0].(map[string]any)["clientConfig"].(map[string]any)["service"].(map[string]any)["path"]; path != controller.WebhookPath {
			t.Errorf("%s: the webhook's path is %v", cloud, path)
		}
	}
}

func comparePorts(t *testing.T, c corev1.Container, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, p := range c.Ports {
		got[p.Name] = fmt.Sprintf(":%d", p.ContainerPort)
	}
	if !maps.Equal(got, want) {
		t.Errorf("ports %v, want %v from the flags", got, want)
	}
	paths := []string{c.LivenessProbe.HTTPGet.Path, c.ReadinessProbe.HTTPGet.Path}
	if !slices.Equal(paths, []string{"/healthz", "/readyz"}) {
		t.Errorf("probes ask %v", paths)
	}
}

// The kubelet expands $(POD_NAMESPACE). The names of lease, Secret and webhook have no other
// variable.
func TestRulesMatchArguments(t *testing.T) {
	for _, cloud := range clouds(t) {
		all := byKustomize(t, cloud)
		flags := program.Command(program.Cloud{Name: cloud}).Flags()
		if err := flags.Parse(deployment(t, all, cloud).Spec.Template.Spec.Containers[0].Args); err != nil {
			t.Fatal(err)
		}
		service, _ := flags.GetString("webhook-service")
		lease, _ := flags.GetString("lease-name")
		hook, _ := flags.GetString("webhook-configuration")
		if all["Service "+namespace+"/"+service[len("$(POD_NAMESPACE)/"):]] == nil || all["MutatingWebhookConfiguration /"+hook] == nil {
			t.Errorf("%s: the arguments name a service or a webhook that is not there: %s, %s", cloud, service, hook)
		}
		names := map[string]bool{}
		for _, key := range []string{"Role " + namespace + "/headgate-" + cloud, "ClusterRole /headgate-" + cloud} {
			for _, r := range all[key].at("rules").([]any) {
				if n, ok := r.(map[string]any)["resourceNames"].([]any); ok {
					names[n[0].(string)] = true
				}
			}
		}
		want := map[string]bool{lease: true, hook: true, service[len("$(POD_NAMESPACE)/"):] + "-cert": true}
		if !maps.Equal(names, want) {
			t.Errorf("%s: rules name %v, the arguments %v", cloud, names, want)
		}
	}
}

func TestClassAndConfigMatchController(t *testing.T) {
	for _, cloud := range clouds(t) {
		all := byKustomize(t, cloud)
		want := program.Command(program.Cloud{Name: cloud}).Flags().Lookup("controller").DefValue
		if got := all["IngressClass /headgate-"+cloud].at("spec", "controller"); got != want {
			t.Errorf("%s: the class is of %v, the controller is %s", cloud, got, want)
		}
		file := all["ConfigMap "+namespace+"/headgate-config-"+cloud].at("data", "headgate.yaml").(string)
		c, err := config.Parse("headgate.yaml", []byte(file), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Require(cloud); err != nil {
			t.Error(err)
		}
	}
}
