package node

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// imageName returns an image without tag and digest. A colon before the last slash belongs to the
// registry's port.
func imageName(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name = name[:i]
	}
	return name
}

// environment returns the variables of the container's program: the pod's identity, the image's
// variables, and the container's own. A later variable overrides an earlier one.
func environment(pod *corev1.Pod, c *corev1.Container, image Image, ip netip.Addr) ([]string, error) {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOSTNAME=" + pod.Name,
		"POD_NAME=" + pod.Name, "POD_NAMESPACE=" + pod.Namespace, "NODE_NAME=" + pod.Spec.NodeName, "POD_IP=" + ip.String(),
	}
	env = append(env, image.Env...)
	if len(c.EnvFrom) > 0 {
		return nil, fmt.Errorf("container %s: envFrom is not supported", c.Name)
	}
	for _, v := range c.Env {
		value, err := valueOf(v, pod, ip)
		if err != nil {
			return nil, fmt.Errorf("container %s: variable %s: %w", c.Name, v.Name, err)
		}
		env = append(env, v.Name+"="+expand(value, env))
	}
	return env, nil
}

func valueOf(v corev1.EnvVar, pod *corev1.Pod, ip netip.Addr) (string, error) {
	if v.ValueFrom == nil {
		return v.Value, nil
	}
	if v.ValueFrom.FieldRef == nil {
		return "", errors.New("only values and fields of the pod are supported")
	}
	return field(v.ValueFrom.FieldRef.FieldPath, pod, ip)
}

func field(path string, pod *corev1.Pod, ip netip.Addr) (string, error) {
	switch path {
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.podIP":
		return ip.String(), nil
	default:
		return "", fmt.Errorf("field %s is not supported", path)
	}
}

// arguments returns the arguments of the container, or else of its image, with $(NAME) expanded.
func arguments(c *corev1.Container, image Image, env []string) []string {
	from := c.Args
	if len(from) == 0 {
		from = image.Args
	}
	args := make([]string, 0, len(from))
	for _, a := range from {
		args = append(args, expand(a, env))
	}
	return args
}

// expand replaces $(NAME) with the variable of that name, leaves unknown names unchanged, and
// replaces $$ with a dollar sign (Kubernetes documentation: "Define Dependent Environment
// Variables").
func expand(s string, env []string) string {
	return regexp.MustCompile(`\$\$|\$\([A-Za-z_][A-Za-z0-9_]*\)`).ReplaceAllStringFunc(s, func(match string) string {
		if match == "$$" {
			return "$"
		}
		name := match[2 : len(match)-1]
		for i := len(env) - 1; i >= 0; i-- {
			if value, ok := strings.CutPrefix(env[i], name+"="); ok {
				return value
			}
		}
		return match
	})
}
