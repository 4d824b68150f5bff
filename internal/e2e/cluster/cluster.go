// Package cluster runs a Kubernetes control plane for tests: the real etcd, kube-apiserver and
// kube-controller-manager, as processes on loopback, with certificates and data in a folder.
// Package node provides the nodes.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/headgate-io/headgate/internal/e2e/binaries"
	"github.com/headgate-io/headgate/internal/e2e/process"
)

// Options configure a cluster.
type Options struct {
	// Programs are the programs of the control plane (binaries.BuildControlPlane).
	Programs binaries.ControlPlane
	// Dir is the folder for certificates, data and logs. Close leaves it.
	Dir string
	// ServiceRange is the range of cluster IPs. The default is 10.96.0.0/16.
	ServiceRange netip.Prefix
	// APIServerFlags and ControllerManagerFlags are appended to the flags that the cluster needs. A
	// later flag overrides an earlier one.
	APIServerFlags, ControllerManagerFlags []string
}

// Cluster is a running control plane.
type Cluster struct {
	options  Options
	ca       *authority
	admin    *rest.Config
	etcdPort int
	peerPort int
	apiPort  int
	etcd     *process.Process

	mu  sync.Mutex
	api *process.Process // nil while stopped
	kcm *process.Process // nil until the API server was first ready
	// starts records when the API server was started, and when it became ready after that.
	starts [][2]time.Time
}

// Start starts a cluster and returns when it serves: the API server is ready, and the controllers
// have created the default service account, without which no pod is admitted.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if !o.ServiceRange.IsValid() {
		o.ServiceRange = netip.MustParsePrefix("10.96.0.0/16")
	}
	c := &Cluster{options: o}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	c.etcdPort, c.peerPort, c.apiPort = ports[0], ports[1], ports[2]
	if err := c.writeFiles(); err != nil {
		return err
	}
	if c.etcd, err = process.Start(c.etcdSpec()); err != nil {
		return err
	}
	return c.StartAPIServer(ctx)
}

func (c *Cluster) writeFiles() error {
	var err error
	if c.ca, err = newAuthority(); err != nil {
		return err
	}
	// The API server's own Service has the first address.
	service := c.options.ServiceRange.Masked().Addr().Next()
	serving, err := c.ca.server([]string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		net.IPv4(127, 0, 0, 1), service.AsSlice())
	if err != nil {
		return err
	}
	tokens, err := tokenKey()
	if err != nil {
		return err
	}
	if c.admin, err = c.User("admin", "system:masters"); err != nil {
		return err
	}
	manager, err := c.User("system:kube-controller-manager")
	if err != nil {
		return err
	}
	return errors.Join(
		save(c.path("pki"), map[string][]byte{
			"ca.crt": c.ca.pem, "apiserver.crt": serving.cert, "apiserver.key": serving.key,
			"sa.pub": tokens.cert, "sa.key": tokens.key,
		}),
		save(c.path(), map[string][]byte{"audit.yaml": []byte(auditPolicy)}),
		WriteKubeconfig(c.Kubeconfig(), c.admin),
		WriteKubeconfig(c.path("controller-manager.kubeconfig"), manager),
	)
}

// Config returns a copy of an administrator's client configuration.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.admin) }

// Kubeconfig returns the path of an administrator's kubeconfig.
func (c *Cluster) Kubeconfig() string { return c.path("admin.kubeconfig") }

// Log returns the path of a component's output: etcd, kube-apiserver or kube-controller-manager.
func (c *Cluster) Log(component string) string { return c.path("logs", component+".log") }

// User returns the client configuration of a user of that name in those groups. RBAC objects define
// what the user may do.
func (c *Cluster) User(name string, groups ...string) (*rest.Config, error) {
	client, err := c.ca.client(name, groups...)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host:            c.URL(),
		TLSClientConfig: rest.TLSClientConfig{CAData: c.ca.pem, CertData: client.cert, KeyData: client.key},
		QPS:             -1, // The API server's fairness limits are enough.
	}, nil
}

// URL returns the API server's address, which restarts do not change.
func (c *Cluster) URL() string { return fmt.Sprintf("https://127.0.0.1:%d", c.apiPort) }

// StartAPIServer starts the API server on the existing data, and returns when it is ready. It then
// restarts the controller manager, which in a real cluster loses its lease in an outage, exits and
// is restarted.
func (c *Cluster) StartAPIServer(ctx context.Context) error {
	begun := time.Now()
	p, err := process.Start(c.apiServerSpec())
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.api = p
	c.mu.Unlock()
	if err := c.awaitReady(ctx, p); err != nil {
		return err
	}
	c.mu.Lock()
	c.starts = append(c.starts, [2]time.Time{begun, time.Now()})
	c.mu.Unlock()
	return c.restartControllerManager(ctx)
}

// starting reports whether the API server ran and was not ready yet at a time.
func (c *Cluster) starting(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.starts, func(s [2]time.Time) bool { return !at.Before(s[0]) && !at.After(s[1]) })
}

func (c *Cluster) restartControllerManager(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kcm != nil {
		if err := c.kcm.Kill(); err != nil {
			return err
		}
	}
	p, err := process.Start(c.controllerManagerSpec())
	if err != nil {
		return err
	}
	c.kcm = p
	return c.awaitServiceAccount(ctx)
}

// StopAPIServer kills the API server, as if its machine lost power: open watches break, and no
// connection is closed gracefully.
func (c *Cluster) StopAPIServer() error {
	c.mu.Lock()
	p := c.api
	c.api = nil
	c.mu.Unlock()
	if p == nil {
		return errors.New("stop kube-apiserver: it does not run")
	}
	return p.Kill()
}

// PauseAPIServer freezes the API server until ResumeAPIServer: connections stay open without an
// answer, as in a network partition.
func (c *Cluster) PauseAPIServer() error { return c.signalAPIServer(syscall.SIGSTOP) }

// ResumeAPIServer resumes a paused API server.
func (c *Cluster) ResumeAPIServer() error { return c.signalAPIServer(syscall.SIGCONT) }

func (c *Cluster) signalAPIServer(s syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.api == nil {
		return errors.New("signal kube-apiserver: it does not run")
	}
	return c.api.Signal(s)
}

// Resident returns the resident memory of each running component, in bytes.
func (c *Cluster) Resident() (map[string]int64, error) {
	c.mu.Lock()
	running := map[string]*process.Process{"etcd": c.etcd, "kube-apiserver": c.api, "kube-controller-manager": c.kcm}
	c.mu.Unlock()
	out := map[string]int64{}
	for name, p := range running {
		if p == nil {
			continue
		}
		n, err := p.Resident()
		if err != nil {
			return nil, err
		}
		out[name] = n
	}
	return out, nil
}

// Close kills all components. The data is no longer needed, so there is no grace period.
func (c *Cluster) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, p := range []*process.Process{c.kcm, c.api, c.etcd} {
		if p != nil {
			errs = append(errs, p.Kill())
		}
	}
	c.kcm, c.api, c.etcd = nil, nil, nil
	return errors.Join(errs...)
}

func (c *Cluster) path(parts ...string) string {
	return filepath.Join(append([]string{c.options.Dir}, parts...)...)
}

// WriteKubeconfig writes a client configuration as a kubeconfig file.
func WriteKubeconfig(path string, config *rest.Config) error {
	const name = "e2e"
	file := clientcmdapi.NewConfig()
	file.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	file.AuthInfos[name] = &clientcmdapi.AuthInfo{
		ClientCertificateData: config.CertData, ClientKeyData: config.KeyData, Token: config.BearerToken,
	}
	file.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	file.CurrentContext = name
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	if err := clientcmd.WriteToFile(*file, path); err != nil {
		return fmt.Errorf("write kubeconfig: %w", err)
	}
	return nil
}

// pollEvery is the interval for checks of what cannot be watched.
const pollEvery = 50 * time.Millisecond
