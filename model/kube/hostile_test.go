package kube_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// TestWhateverTenantsWriteSeals draws objects with any values in their fields, and with names that
// an API server allows. Build must report everything that is wrong with them, so that Seal has
// nothing to refuse.
func TestWhateverTenantsWriteSeals(t *testing.T) {
	cert, key := pair(t, "a.example.com")
	rapid.Check(t, func(t *rapid.T) {
		o := kube.Objects{Secrets: []*corev1.Secret{secretOf("one", cert, key), secretOf("two", key, cert)}}
		for _, name := range []string{"one", "two", "three"} {
			o.Ingresses = append(o.Ingresses, hostileIngress(t, name))
			o.Services = append(o.Services, hostileService(t, name))
			o.EndpointSlices = append(o.EndpointSlices, hostileSlice(t, name))
			o.Pods = append(o.Pods, hostilePod(t, name))
			o.Nodes = append(o.Nodes, hostileNode(t, name))
		}
		r := kube.Build(o, kube.Options{})
		for _, lb := range r.LoadBalancers {
			if _, err := model.Seal(lb); err != nil {
				t.Fatalf("what was built does not seal: %v", err)
			}
		}
		for _, p := range r.Problems {
			if strings.ContainsAny(p.String(), "\n\r") || len(p.Message) > 2000 {
				t.Fatalf("a problem is not one short line: %q", p)
			}
		}
	})
}

var names = rapid.SampledFrom([]string{"one", "two", "three", "nowhere", ""})

func hostileText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "*", "*.", "*.example.com", "a.example.com", "b.a.example.com", "A.example.com", "-a.com", "a..b", "1.2.3.4", "::1", "a.1",
			strings.Repeat("a", 64), strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 200), "\x00", "\xff", "ä", "a b", "a\nb",
			"/", "//", "/a", "/a/", "/A", "/a/b", "/./", "/..", "/%", "/%zz", "/%2f", "/%41", "/*",
			"/a?b", "/a#b",
			"/" + strings.Repeat("a", 1100),
			"true", "301", "off", "node", "GRPC", "HTTP", "TCP", "cookie", "client-ip", "0", "1", "5s", "30", "70s", "1.5s", "-1", "1e9",
			"200-399", "0-99", "5-200", "internal", "ipv6", "dualstack", "any-depth", "a=b", "a=b,c=d", "a,b,c", "ns/one", "one", "edge", "TLS1.3",
		}),
		rapid.String(),
		rapid.StringMatching(`/[a-z/.%*]{0,8}`),
		rapid.StringMatching(`(\*\.)?[a-z]{1,3}(\.[a-z]{1,3}){0,2}`),
	)
}

func hostileAnnotations(t *rapid.T) map[string]string {
	all := []string{
		"group", "scheme", "ip-family", "static-addresses", "tls-policy", "tags", "http", "tls-redirect", "certificates", "wildcard-hosts",
		"target-mode", "backend-protocol", "request-timeout", "draining-time", "session-affinity", "session-affinity-ttl", "session-cookie",
		"health-check-protocol", "health-check-path", "health-check-port", "health-check-host", "health-check-interval", "health-check-timeout",
		"health-check-healthy-threshold", "health-check-unhealthy-threshold", "health-check-statuses",
	}
	m := map[string]string{}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom(all), 0, 6).Draw(t, "annotations") {
		valid := map[string]string{
			"group": "edge", "tags": "a=b,c=d", "target-mode": "node", "backend-protocol": "GRPC", "session-cookie": "SID", "http": "off",
			"health-check-protocol": "TCP", "health-check-path": "/h", "health-check-host": "h.example.com", "health-check-timeout": "200s",
			"health-check-interval": "3s", "health-check-statuses": "0-12", "tls-redirect": "true", "certificates": "ns/one,x",
		}
		m["headgate.io/"+name] = hostileText().Draw(t, name)
		if v, ok := valid[name]; ok && rapid.Bool().Draw(t, "valid") {
			m["headgate.io/"+name] = v
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
		m["headgate.io/"+hostileText().Draw(t, "name")] = ""
	}
	return m
}

func hostileIngress(t *rapid.T, name string) *networkingv1.Ingress {
	i := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, Annotations: hostileAnnotations(t)}}
	i.CreationTimestamp.Time = time.Unix(int64(rapid.IntRange(0, 2).Draw(t, "age")), 0)
	if rapid.Bool().Draw(t, "default") {
		b := hostileBackend(t)
		i.Spec.DefaultBackend = &b
	}
	for range rapid.IntRange(0, 2).Draw(t, "tls") {
		i.Spec.TLS = append(i.Spec.TLS, networkingv1.IngressTLS{
			Hosts: rapid.SliceOfN(hostileText(), 0, 2).Draw(t, "hosts"), SecretName: names.Draw(t, "secret"),
		})
	}
	for range rapid.IntRange(0, 4).Draw(t, "rules") {
		r := networkingv1.IngressRule{Host: hostileText().Draw(t, "host")}
		if rapid.IntRange(0, 5).Draw(t, "http") > 0 {
			r.HTTP = &networkingv1.HTTPIngressRuleValue{}
			for range rapid.IntRange(0, 4).Draw(t, "paths") {
				r.HTTP.Paths = append(r.HTTP.Paths, hostilePath(t))
			}
		}
		i.Spec.Rules = append(i.Spec.Rules, r)
	}
	return i
}

func hostilePath(t *rapid.T) networkingv1.HTTPIngressPath {
	kind := rapid.SampledFrom([]networkingv1.PathType{"Exact", "Prefix", "ImplementationSpecific", "Odd"}).Draw(t, "type")
	p := networkingv1.HTTPIngressPath{Path: hostileText().Draw(t, "path"), PathType: &kind, Backend: hostileBackend(t)}
	if rapid.IntRange(0, 9).Draw(t, "typed") == 0 {
		p.PathType = nil
	}
	return p
}

func hostileBackend(t *rapid.T) networkingv1.IngressBackend {
	switch rapid.IntRange(0, 9).Draw(t, "backend") {
	case 0:
		return networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{Kind: "K"}}
	case 1:
		return networkingv1.IngressBackend{}
	}
	s := &networkingv1.IngressServiceBackend{Name: names.Draw(t, "service")}
	s.Port.Number = rapid.SampledFrom([]int32{80, 81, 0, -1, 70000}).Draw(t, "port")
	s.Port.Name = rapid.SampledFrom([]string{"", "http", "odd"}).Draw(t, "port name")
	return networkingv1.IngressBackend{Service: s}
}

func hostileService(t *rapid.T, name string) *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, Annotations: hostileAnnotations(t)}}
	s.Spec.Type = rapid.SampledFrom([]corev1.ServiceType{"", "NodePort", "ExternalName"}).Draw(t, "service type")
	s.Spec.ExternalTrafficPolicy = rapid.SampledFrom([]corev1.ServiceExternalTrafficPolicy{"", "Local", "Cluster"}).Draw(t, "policy")
	for _, n := range rapid.SliceOfN(rapid.SampledFrom([]int32{80, 81, 0, 70000, -1}), 0, 3).Draw(t, "ports") {
		app := hostileText().Draw(t, "app")
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{
			Name: rapid.SampledFrom([]string{"", "http", "odd"}).Draw(t, "name"), Port: n, AppProtocol: &app,
			NodePort: rapid.SampledFrom([]int32{0, 30080, 70000, -5}).Draw(t, "node port"),
		})
	}
	return s
}

func hostileSlice(t *rapid.T, name string) *discoveryv1.EndpointSlice {
	s := sliceOf("ns", name, 0, 0)
	s.AddressType = rapid.SampledFrom([]discoveryv1.AddressType{"IPv4", "IPv6", "FQDN", "Odd"}).Draw(t, "address type")
	port := rapid.SampledFrom([]int32{8080, 0, 65535, 65536, -1}).Draw(t, "slice port")
	s.Ports[0].Port = &port
	s.Ports[0].Name = rapid.SampledFrom([]*string{nil, s.Ports[0].Name}).Draw(t, "slice port name")
	for range rapid.IntRange(0, 5).Draw(t, "endpoints") {
		zone, node := hostileText().Draw(t, "zone"), hostileText().Draw(t, "node")
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: rapid.SliceOfN(rapid.SampledFrom([]string{
				"10.0.0.1", "10.0.0.2", "0.0.0.0", "224.0.0.1", "169.254.1.1", "127.0.0.1", "fd00::1", "fe80::1", "fe80::1%eth0", "::", "::ffff:10.0.0.1", "x", "",
			}), 0, 2).Draw(t, "addresses"),
			Zone: &zone, NodeName: &node,
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: rapid.OneOf(names, hostileText()).Draw(t, "pod")},
		})
	}
	return s
}

func hostilePod(t *rapid.T, name string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}}
	get := &corev1.HTTPGetAction{Path: hostileText().Draw(t, "probe"), Scheme: corev1.URIScheme(hostileText().Draw(t, "probe scheme"))}
	get.Port.IntVal = rapid.SampledFrom([]int32{8080, 0, 65535}).Draw(t, "probe port")
	p.Spec.Containers = []corev1.Container{{ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: get}}}}
	return p
}

func hostileNode(t *rapid.T, name string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	n.Labels = map[string]string{corev1.LabelTopologyZone: hostileText().Draw(t, "node zone")}
	n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: rapid.SampledFrom([]string{
		"10.0.0.1", "0.0.0.0", "fe80::1%eth0", "fd00::1", "x", "169.254.0.1", "224.0.0.1",
	}).Draw(t, "node address")}}
	return n
}
