package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/internal/dataplane"
	"github.com/headgate-io/headgate/internal/e2e/process"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// zones are where the nodes are. Only Google Cloud looks at them: a network endpoint group belongs
// to one zone.
const region = "us-central1"

var zones = [3]string{"us-central1-a", "us-central1-b", "us-central1-c"}

// pace is how much faster the clouds' clocks run than the machine's: health checks every 15 seconds
// take 1.5 seconds.
const pace = 10

// embedded is what the three embedded clouds have in common.
type embedded interface {
	URL() string
	Wire() *cloudtest.Wire
	Front() *dataplane.Front
	Snapshot() map[string]string
	Close()
}

// stage is one embedded cloud for one test, with an IngressClass of its own in the cluster.
type stage struct {
	embedded
	*environment
	name, ns string
	port     int32
	config   config.Config
	fresh    map[string]string // the account before the test
	file     string            // the controllers' config file
	// kubeconfig authenticates as the service account that deploy/ has for the controllers.
	kubeconfig string
}

// cloud is one of the three embedded clouds.
type cloud struct {
	name string
	open func() (embedded, config.Config)
}

func clouds() []cloud { return []cloud{{"aws", openAWS}, {"gcp", openGCP}, {"azure", openAzure}} }

// stage starts the cloud for one test.
func (c cloud) stage(t *testing.T) *stage {
	t.Helper()
	server, account := c.open()
	t.Cleanup(server.Close)
	return stageOn(t, c.name, server, account)
}

// onEachCloud runs a test on the three clouds, one after the other.
func onEachCloud(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	for _, c := range clouds() {
		t.Run(c.name, func(t *testing.T) { test(t, c.stage(t)) })
	}
}

// abreastOnEachCloud runs a test that mostly waits on the three clouds at the same time. The test
// must not disturb what they share, such as the API server.
func abreastOnEachCloud(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	for _, c := range clouds() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			test(t, c.stage(t))
		})
	}
}

// firstPort is below the ports that control planes use.
const firstPort = 10000

// stageOn returns a stage of an embedded cloud.
func stageOn(t *testing.T, name string, server embedded, account config.Config) *stage {
	t.Helper()
	s := &stage{embedded: server, environment: shared.start(t), name: name, config: account, fresh: server.Snapshot()}
	s.port = firstPort + shared.stages.Add(1)
	s.ns = s.namespace(t)
	s.class(t)
	s.writeConfig(t)
	s.admit(t)
	return s
}

const delay = 500 * time.Millisecond // of the clouds' operations, in the clouds' time

func openAWS() (embedded, config.Config) {
	s := awstest.NewServer(awstest.Options{
		Clock: clock.Scaled(pace), OperationDelay: delay, VPCCIDR: "10.244.0.0/16",
		Subnets: []awstest.Subnet{
			{ID: "subnet-0a1b2c3d4e5f60001", Zone: "us-east-1a", CIDR: "10.244.0.0/24"},
			{ID: "subnet-0a1b2c3d4e5f60002", Zone: "us-east-1b", CIDR: "10.244.1.0/24"},
			{ID: "subnet-0a1b2c3d4e5f60003", Zone: "us-east-1c", CIDR: "10.244.2.0/24"},
		},
	})
	return s, config.Config{AWS: &config.AWS{Region: s.Region(), VPCID: s.VPCID(), SubnetIDs: s.SubnetIDs(), Endpoint: s.URL()}}
}

func openGCP() (embedded, config.Config) {
	s := gcptest.NewServer(gcptest.Options{Clock: clock.Scaled(pace), OperationDelay: delay})
	return s, config.Config{GCP: &config.GCP{Project: "demo", Network: "default", Endpoint: s.URL()}}
}

func openAzure() (embedded, config.Config) {
	const subscription, group = "00000000-0000-0000-0000-000000000000", "rg"
	s := azuretest.NewServer(azuretest.Options{
		Clock: clock.Scaled(pace), OperationDelay: delay, Subscription: subscription, ResourceGroup: group, Location: "westeurope",
	})
	return s, config.Config{Azure: &config.Azure{
		SubscriptionID: subscription, ResourceGroup: group, Location: "westeurope", Endpoint: s.URL(),
		SubnetID: azuretest.SubnetID(subscription, group, azuretest.NetworkName, azuretest.GatewaySubnet),
	}}
}

// controllerName is unique to the test, so that controllers of other tests ignore its class.
func (s *stage) controllerName() string { return "headgate.io/" + s.name + "-" + s.ns }

// class creates the IngressClass, which has the name of the namespace.
func (s *stage) class(t *testing.T) {
	t.Helper()
	class := &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: s.ns}, Spec: networkingv1.IngressClassSpec{Controller: s.controllerName()},
	}
	if _, err := s.client.NetworkingV1().IngressClasses().Create(t.Context(), class, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.client.NetworkingV1().IngressClasses().Delete(context.Background(), s.ns, metav1.DeleteOptions{})
	})
}

func (s *stage) writeConfig(t *testing.T) {
	t.Helper()
	s.config.ClusterID = "e2e"
	data, err := config.Marshal(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.file = filepath.Join(t.TempDir(), "headgate.yaml")
	if err := os.WriteFile(s.file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// metrics returns the address at which the controller serves its metrics, if started with it. Every
// stage has another address.
func (s *stage) metrics() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// run starts the cloud's controller with exactly the permissions that deploy/ gives it. The end of
// the test kills it if it still runs.
func (s *stage) run(t *testing.T, flags ...string) *process.Process {
	t.Helper()
	p, err := process.Start(s.controller(t, flags))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	return p
}

// restartAfter is how long a controller that exited is down. A kubelet's first backoff is no
// shorter.
const restartAfter = time.Second

// runSupervised is run with restarts: a controller that loses its lease exits, and is restarted as
// a kubelet would.
func (s *stage) runSupervised(t *testing.T, flags ...string) {
	t.Helper()
	spec := s.controller(t, flags)
	ctx, cancel := context.WithCancel(context.Background())
	var keeper sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		keeper.Wait()
	})
	keeper.Go(func() {
		for ctx.Err() == nil {
			p, err := process.Start(spec)
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case <-p.Exited():
			case <-ctx.Done():
			}
			_ = p.Kill() // It may have exited by itself.
			select {
			case <-time.After(restartAfter):
			case <-ctx.Done():
			}
		}
	})
}

// controller returns how to start the cloud's controller.
func (s *stage) controller(t *testing.T, flags []string) process.Spec {
	t.Helper()
	args := []string{
		"--config=" + s.file, "--kubeconfig=" + s.kubeconfig, "--controller=" + s.controllerName(),
		"--lease-namespace=" + s.ns, "--lease-duration=6s", "--renew-deadline=4s", "--retry-period=500ms",
		"--metrics-address=0", "--probe-address=0", "--log-level=debug",
	}
	log := filepath.Join(s.dir, "controllers", strings.ReplaceAll(t.Name(), "/", "-")+".log")
	return process.Spec{
		Name: "controller-" + s.name, Path: filepath.Join(os.Getenv(variablePrograms), "controller-"+s.name),
		Args: append(args, flags...), Log: log,
		Env: append(os.Environ(), "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any"),
	}
}

// ingress creates an Ingress with one host, whose paths lead to Services of the same names; "/"
// leads to the first.
func (s *stage) ingress(t *testing.T, name string, services ...string) {
	t.Helper()
	prefix := networkingv1.PathTypePrefix
	var paths []networkingv1.HTTPIngressPath
	for i, service := range services {
		path := "/" + service
		if i == 0 {
			path = "/"
		}
		paths = append(paths, networkingv1.HTTPIngressPath{
			Path: path, PathType: &prefix,
			Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
				Name: service, Port: networkingv1.ServiceBackendPort{Name: "http"},
			}},
		})
	}
	ingress := &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: networkingv1.IngressSpec{
			IngressClassName: &s.ns,
			Rules: []networkingv1.IngressRule{{
				Host:             name + ".example.com",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
			}},
		},
	}
	if _, err := s.client.NetworkingV1().Ingresses(s.ns).Create(t.Context(), ingress, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// address returns the address in the Ingress's status, or an error if there is none.
func (s *stage) address(ctx context.Context, name string) (string, error) {
	ingress, err := s.client.NetworkingV1().Ingresses(s.ns).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	for _, a := range ingress.Status.LoadBalancer.Ingress {
		return a.Hostname + a.IP, nil
	}
	return "", errors.New("no address in its status")
}

// send sends a request to the load balancer of an Ingress as a client on the internet would, over a
// new connection.
func (s *stage) send(ctx context.Context, name, path string) (reply, error) {
	address, err := s.address(ctx, name)
	if err != nil {
		return reply{}, err
	}
	return s.sendTo(ctx, address, name, path)
}

func (s *stage) sendTo(ctx context.Context, address, name, path string) (reply, error) {
	transport := &http.Transport{DialContext: s.Front().Dial, DisableKeepAlives: true}
	return ask(ctx, &http.Client{Transport: transport}, "http://"+address+path, name+".example.com")
}

// serves returns nil if the path of the Ingress leads to n pods of the Service and to no other.
func (s *stage) serves(ctx context.Context, name, path, service string, n int) error {
	pods := map[string]bool{}
	for range 4 * n {
		r, err := s.send(ctx, name, path)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(r.Pod, service+"-") {
			return fmt.Errorf("%s is answered by %s", path, r.Pod)
		}
		pods[r.Pod] = true
	}
	if len(pods) != n {
		return fmt.Errorf("%s is answered by %d pods of %d", path, len(pods), n)
	}
	return nil
}

// awaitServing waits until serves returns nil.
func (s *stage) awaitServing(t *testing.T, name, path, service string, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s%s served by %d pods of %s", name, path, n, service), func(ctx context.Context) error {
		return s.serves(ctx, name, path, service, n)
	})
}

// retire deletes an Ingress, and waits until the account is exactly as it was before the test.
func (s *stage) retire(t *testing.T, name string) {
	t.Helper()
	if err := s.client.NetworkingV1().Ingresses(s.ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Ingress is gone", func(ctx context.Context) error {
		_, err := s.client.NetworkingV1().Ingresses(s.ns).Get(ctx, name, metav1.GetOptions{})
		return absent(err)
	})
	eventually(t, "nothing is left in the cloud", func(context.Context) error { return unequal(s.fresh, s.Snapshot()) })
}

// unequal returns the differences between two snapshots of an account.
func unequal(want, got map[string]string) error {
	var errs []error
	for name, content := range got {
		if _, known := want[name]; !known {
			errs = append(errs, fmt.Errorf("%s is new", name))
		} else if want[name] != content {
			errs = append(errs, fmt.Errorf("%s was %s and is %s", name, want[name], content))
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			errs = append(errs, fmt.Errorf("%s is gone", name))
		}
	}
	return errors.Join(errs...)
}

// census counts the objects of an account by kind. Accounts in equal states have equal counts,
// whatever the names.
func census(snapshot map[string]string) map[string]int {
	n := map[string]int{}
	for name := range snapshot {
		kind, _, _ := strings.Cut(name, "/")
		n[kind]++
	}
	return n
}
