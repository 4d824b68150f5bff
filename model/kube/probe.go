package kube

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
)

// probe fills the path and protocol of a health check from the readiness probe of the container
// that serves the port, where nothing else says them. Of several pods the oldest decides, then the
// one whose name sorts first, so that a rollout changes the health check once the last old pod is
// gone.
func (b *builder) probe(g *model.Group) {
	if g.Health.Path != "" || g.Health.Protocol != "" || g.Health.Port != 0 {
		return
	}
	pod, port := b.oldest(g.Endpoints)
	if pod == nil {
		return
	}
	get := readiness(pod, port)
	if get == nil || !strings.HasPrefix(get.Path, "/") {
		return
	}
	if set, ok := parseHealthPath(get.Path); ok {
		s := settings{}
		set(&s)
		g.Health.Path, g.Health.Protocol = s.backend.health.Path, probeProtocol(get.Scheme)
	}
}

func probeProtocol(s corev1.URIScheme) model.BackendProtocol {
	if s == corev1.URISchemeHTTPS {
		return model.BackendHTTPS
	}
	return model.BackendHTTP
}

// oldest is the oldest pod behind the endpoints, with the port that it serves on.
func (b *builder) oldest(eps []model.Endpoint) (pod *corev1.Pod, port int) {
	for i := range eps {
		namespace, name, _ := strings.Cut(eps[i].Pod, "/")
		p := b.pods[key{namespace, name}]
		if p != nil && (pod == nil || comparePods(p, pod) < 0) {
			pod, port = p, eps[i].Port
		}
	}
	return pod, port
}

func comparePods(x, y *corev1.Pod) int {
	return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), strings.Compare(x.Name, y.Name))
}

// readiness is the HTTP readiness probe that asks the port which serves. A probe of another port
// says nothing about this one.
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
