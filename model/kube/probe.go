package kube

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
)

// followProbe sets the path and protocol of a health check from the readiness probe of the
// container that serves the port, if no annotation sets them. Of several pods the oldest decides,
// then the name, so that a rollout changes the health check once the last old pod is gone.
func (x *cluster) followProbe(g *model.Group) {
	if len(x.pods) == 0 || g.Health.Path != "" || g.Health.Protocol != "" || g.Health.Port != 0 {
		return
	}
	pod, port := x.oldestPod(g.Endpoints)
	if pod == nil {
		return
	}
	if get := readiness(pod, port); get != nil && model.IsHealthPath(get.Path) {
		g.Health.Path, g.Health.Protocol = get.Path, probeProtocol(get.Scheme)
	}
}

func probeProtocol(s corev1.URIScheme) model.BackendProtocol {
	if s == corev1.URISchemeHTTPS {
		return model.BackendHTTPS
	}
	return model.BackendHTTP
}

// oldestPod returns the oldest pod among the endpoints, and the port that it serves.
func (x *cluster) oldestPod(eps []model.Endpoint) (pod *corev1.Pod, port int) {
	for i := range eps {
		namespace, name, _ := strings.Cut(eps[i].Pod, "/")
		p := x.pods[key{namespace, name}]
		if p != nil && (pod == nil || comparePods(p, pod) < 0) {
			pod, port = p, eps[i].Port
		}
	}
	return pod, port
}

func comparePods(x, y *corev1.Pod) int {
	return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), strings.Compare(x.Name, y.Name))
}

// readiness returns the HTTP readiness probe of a port. A probe of another port means nothing for
// this one.
func readiness(pod *corev1.Pod, port int) *corev1.HTTPGetAction {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if c.ReadinessProbe == nil || c.ReadinessProbe.HTTPGet == nil {
			continue
		}
		get := c.ReadinessProbe.HTTPGet
		if get.Host == "" && (get.Port.IntValue() == port || namedPort(c, get.Port.StrVal) == port) {
			return get
		}
	}
	return nil
}

func namedPort(c *corev1.Container, name string) int {
	for _, p := range c.Ports {
		if name != "" && p.Name == name {
			return int(p.ContainerPort)
		}
	}
	return 0
}
