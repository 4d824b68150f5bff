package node

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// prober sends one probe of a container over and over.
type prober struct {
	container *container
	spec      *corev1.Probe
	client    *http.Client
}

func newProber(c *container, spec *corev1.Probe) *prober {
	return &prober{container: c, spec: spec, client: newClient()}
}

// newClient is that of probes and hooks: it follows no redirect, checks no certificate, and keeps
// no connection, so that each request shows whether a new one would be served.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // As the kubelet does.
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// run calls changed whenever as many results in a row as the probe asks for say so.
func (p *prober) run(ctx context.Context, changed func(ok bool)) {
	if !pause(ctx, seconds(p.spec.InitialDelaySeconds, 0)) {
		return
	}
	ticker := time.NewTicker(seconds(p.spec.PeriodSeconds, 10))
	defer ticker.Stop()
	var row int32
	var last, said, spoke bool
	for {
		ok := p.send(ctx)
		if ctx.Err() != nil {
			return
		}
		if ok != last {
			row = 0
		}
		last = ok
		row++
		if row >= p.threshold(ok) && (!spoke || said != ok) {
			said, spoke = ok, true
			changed(ok)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (p *prober) threshold(ok bool) int32 {
	if ok {
		return max(p.spec.SuccessThreshold, 1)
	}
	return max(p.spec.FailureThreshold, 1)
}

func (p *prober) send(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, seconds(p.spec.TimeoutSeconds, 1))
	defer cancel()
	if p.spec.HTTPGet != nil {
		return get(ctx, p.client, p.container, p.spec.HTTPGet)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", p.container.hostPort(p.spec.TCPSocket.Host, p.spec.TCPSocket.Port))
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// get sends a GET as probes and hooks do: success is a status from 200 to 399 (Kubernetes
// documentation: "Define a liveness HTTP request").
func get(ctx context.Context, client *http.Client, c *container, action *corev1.HTTPGetAction) bool {
	scheme := strings.ToLower(string(action.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	url := scheme + "://" + c.hostPort(action.Host, action.Port) + "/" + strings.TrimPrefix(action.Path, "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	req.Header.Set("User-Agent", "kube-probe/1.37")
	for _, h := range action.HTTPHeaders {
		if strings.EqualFold(h.Name, "Host") {
			req.Host = h.Value
			continue
		}
		req.Header.Add(h.Name, h.Value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode >= 200 && resp.StatusCode < 400
}

// hostPort is where an action goes: the pod, unless it names a host, at a port that may be one of
// the container's names.
func (c *container) hostPort(host string, port intstr.IntOrString) string {
	if host == "" {
		host = c.ip.String()
	}
	number := port.IntVal
	for _, p := range c.spec.Ports {
		if port.Type == intstr.String && p.Name == port.StrVal {
			number = p.ContainerPort
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(int(number)))
}

// seconds reads a duration of the API, where zero stands for a default.
func seconds(n int32, fallback int32) time.Duration {
	if n == 0 {
		n = fallback
	}
	return time.Duration(n) * time.Second
}

// pause returns true when d has passed, false when ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
