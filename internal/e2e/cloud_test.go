package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/azure/azuretest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// The region and zones of the nodes. Only Google Cloud looks at them: a network endpoint group
// belongs to one zone.
const region = "us-central1"

var zones = [3]string{"us-central1-a", "us-central1-b", "us-central1-c"}

// pace is how much faster the clouds' clocks run than the machine's: health checks every 15 seconds
// take 1.5 seconds.
const pace = 10

// embedded is what the three embedded clouds have in common.
type embedded interface {
	URL() string
	Wire() *cloudtest.Wire
	Front() cloudtest.Front
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
