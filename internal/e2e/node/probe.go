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

// prober repeats one probe of a container.
type prober struct {
	container *container
	spec      *corev1.Probe
	client    *http.Client
}

func newProber(c *container, spec *corev1.Probe) *prober {
	return &prober{container: c, spec: spec, client: newClient()}
}

// newClient returns the HTTP client of probes and hooks. It follows no redirect, verifies no
// certificate, and reuses no connection, so that each request shows whether a new connection would
// be served.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // As the kubelet does.
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// run calls changed when the result has been the same as often in a row as the probe requires.
func (p *prober) run(ctx context.Context, changed func(ok bool)) {
	if !pause(ctx, seconds(p.spec.InitialDelaySeconds, 0)) {
		return
	}
	ticker := time.NewTicker(seconds(p.spec.PeriodSeconds, 10))
	defer ticker.Stop()
	var row int32
	var last, reported, announced bool
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
		if row >= p.threshold(ok) && (!announced || reported != ok) {
			reported, announced = ok, true
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

// get sends a GET for a probe or a hook. Any status from 200 to 399 is a success (Kubernetes
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

// hostPort returns the target of an action: the pod, unless the action names a host. The port may
// be a name of one of the container's ports.
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

// seconds converts a duration of the API, where zero stands for the default.
func seconds(n int32, fallback int32) time.Duration {
	if n == 0 {
		n = fallback
	}
	return time.Duration(n) * time.Second
}

// pause returns true after d, or false if ctx ends first.
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
