package cluster

import (
	"strconv"
	"strings"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

func (c *Cluster) etcdSpec() process.Spec {
	client, peer := local("http", c.etcdPort), local("http", c.peerPort)
	return process.Spec{
		Name: "etcd", Path: c.options.Programs.Etcd, Log: c.Log("etcd"), Dir: c.options.Dir,
		Args: []string{
			"--name=e2e", "--data-dir=" + c.path("etcd"), "--unsafe-no-fsync=true", "--log-level=warn",
			"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=e2e=" + peer,
		},
	}
}

func (c *Cluster) apiServerSpec() process.Spec {
	pki := func(name string) string { return c.path("pki", name) }
	args := []string{
		"--etcd-servers=" + local("http", c.etcdPort),
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(c.apiPort),
		"--cert-dir=" + c.path("pki"),
		"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"),
		"--client-ca-file=" + pki("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + pki("sa.pub"), "--service-account-signing-key-file=" + pki("sa.key"),
		"--service-cluster-ip-range=" + c.options.ServiceRange.String(),
		"--audit-policy-file=" + c.path("audit.yaml"), "--audit-log-path=" + c.auditLog(),
		"--authorization-mode=RBAC", "--allow-privileged=true", "--profiling=false",
		// Kubernetes does not accept a loopback address as an endpoint of the Service "kubernetes".
		// So the flag, which is required, names an unused address for documentation (RFC 5737), and
		// the Service has no endpoint.
		"--endpoint-reconciler-type=none", "--advertise-address=192.0.2.1",
		// Nothing forwards cluster IPs here, so webhooks are called at the endpoints of their
		// Services.
		"--enable-aggregator-routing=true",
	}
	return process.Spec{
		Name: "kube-apiserver", Path: c.options.Programs.APIServer, Log: c.Log("kube-apiserver"), Dir: c.options.Dir,
		Args: append(args, c.options.APIServerFlags...),
	}
}

// controllers lists those that workloads, their endpoints and the deletion of namespaces need. The
// node lifecycle controllers are left out, since no kubelet renews a lease here.
func controllers() []string {
	return []string{
		"deployment-controller", "replicaset-controller", "statefulset-controller", "daemonset-controller", "job-controller",
		"endpointslice-controller", "endpointslice-mirroring-controller", "disruption-controller",
		"namespace-controller", "serviceaccount-controller", "root-ca-certificate-publisher-controller",
		"garbage-collector-controller", "pod-garbage-collector-controller",
	}
}

func (c *Cluster) controllerManagerSpec() process.Spec {
	kubeconfig := c.path("controller-manager.kubeconfig")
	args := []string{
		// Each controller uses its own service account, as in a real cluster, with the roles that
		// Kubernetes provides.
		"--kubeconfig=" + kubeconfig, "--use-service-account-credentials=true", "--leader-elect=false", "--secure-port=0", "--profiling=false",
		"--controllers=" + strings.Join(controllers(), ","),
		"--root-ca-file=" + c.path("pki", "ca.crt"), "--service-account-private-key-file=" + c.path("pki", "sa.key"),
		"--kube-api-qps=500", "--kube-api-burst=1000",
	}
	return process.Spec{
		Name: "kube-controller-manager", Path: c.options.Programs.ControllerManager,
		Log: c.Log("kube-controller-manager"), Dir: c.options.Dir,
		Args: append(args, c.options.ControllerManagerFlags...),
	}
}
