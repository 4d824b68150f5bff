package aws_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/reconcile"
)

// apply applies a model in a new process.
func apply(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) {
	t.Helper()
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk})
	if problems := e.Set(sealed); len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	if _, err := e.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// kinds counts the stored objects of the cluster by kind.
func kinds(cloud *awstest.Server) map[string]int {
	n := map[string]int{}
	for name := range cloud.Snapshot() {
		kind, _, _ := strings.Cut(name, "/")
		n[kind]++
	}
	maps.DeleteFunc(n, func(kind string, _ int) bool { return kind == "Vpc" || kind == "Subnet" })
	return n
}

func answering(hosts ...string) model.LoadBalancer {
	lb := model.LoadBalancer{ID: "default/x", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP}}}
	for _, h := range hosts {
		lb.Listeners[0].Routes = append(lb.Listeners[0].Routes, model.Route{Name: h, Hosts: []model.Host{{Name: h}}, Action: model.Respond(200)})
	}
	return lb
}

func numbered(prefix string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%s%d.example.com", prefix, i))
	}
	return all
}

func TestRulesAreReplacedAtTheQuota(t *testing.T) {
	clk := clock.Scaled(1000)
	cloud := awstest.NewServer(awstest.Options{Clock: clk})
	t.Cleanup(cloud.Close)
	apply(t, cloud, clk, answering(numbered("old", 98)...))
	apply(t, cloud, clk, answering(numbered("new", 98)...))
	rules := 0
	for name, text := range cloud.Snapshot() {
		if strings.HasPrefix(name, "Rule/") && strings.Contains(text, "new") {
			rules++
		}
	}
	if got := kinds(cloud); got["Rule"] != 99 || rules != 98 {
		t.Errorf("%d rules after the replacement, %d of them new", got["Rule"], rules)
	}
}

func TestDuplicateCertificatesAreDeleted(t *testing.T) {
	clk := clock.System() // the certificates are valid now
	cloud := awstest.NewServer(awstest.Options{Clock: clk})
	t.Cleanup(cloud.Close)
	cert, err := modeltest.Certificate("default/tls", "a.example.com")
	if err != nil {
		t.Fatal(err)
	}
	lb := answering("a.example.com")
	lb.Listeners[0].Port, lb.Listeners[0].Protocol = 443, model.HTTPS
	lb.Listeners[0].TLS = &model.ListenerTLS{Certificates: []model.Certificate{cert}}
	apply(t, cloud, clk, lb)

	client := acm.NewFromConfig(sdk.Config{Region: cloud.Region(), BaseEndpoint: sdk.String(cloud.URL()), Credentials: credentials.NewStaticCredentialsProvider("AKID", "x", "")})
	list, err := client.ListCertificates(t.Context(), &acm.ListCertificatesInput{Includes: &acmtypes.Filters{KeyTypes: []acmtypes.KeyAlgorithm{acmtypes.KeyAlgorithmEcPrime256v1}}})
	if err != nil {
		t.Fatal(err)
	}
	tags, err := client.ListTagsForCertificate(t.Context(), &acm.ListTagsForCertificateInput{CertificateArn: list.CertificateSummaryList[0].CertificateArn})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := client.ImportCertificate(t.Context(), &acm.ImportCertificateInput{Certificate: cert.PEM, PrivateKey: cert.Key.Reveal(), Tags: tags.Tags}); err != nil {
			t.Fatal(err)
		}
	}
	apply(t, cloud, clk, lb)
	if got := kinds(cloud)["Certificate"]; got != 1 {
		t.Errorf("%d certificates are left", got)
	}
}

func TestApplyConvergesWithLaggingReads(t *testing.T) {
	clk := clock.Scaled(1000)
	cloud := awstest.NewServer(awstest.Options{Clock: clk, OperationDelay: 20 * time.Second})
	t.Cleanup(cloud.Close)
	lb := answering("a.example.com", "b.example.com")
	cloud.SetLag(20 * time.Second)
	cloud.Wire().Inject(cloudtest.Fault{Writes: true, Kind: cloudtest.FailAfter, Skip: 1, Times: 2})
	apply(t, cloud, clk, lb)
	cloud.SetLag(0)
	apply(t, cloud, clk, lb)
	if got := kinds(cloud); got["LoadBalancer"] != 1 || got["Listener"] != 1 || got["Rule"] != 3 || got["SecurityGroup"] != 2 {
		t.Errorf("got %v", got)
	}
}

func TestLongestKubernetesNamesFit(t *testing.T) {
	clk := clock.Scaled(1000)
	cloud := awstest.NewServer(awstest.Options{Clock: clk})
	t.Cleanup(cloud.Close)
	lb := answering("a.example.com")
	namespace := strings.Repeat("n", 63)
	lb.ID = model.ID(namespace + "/" + strings.Repeat("i", 253))
	group := model.GroupID(namespace + "/" + strings.Repeat("s", 63) + ":" + strings.Repeat("p", 15) + "~settings")
	lb.Groups = []model.Group{{ID: group}}
	lb.Listeners[0].Routes[0].Action = model.ForwardTo(group)
	apply(t, cloud, clk, lb)
	observed, err := process(t, cloud, clk).Observe(t.Context(), provider.Scope{LoadBalancers: []model.ID{lb.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if len(observed) != 6 {
		t.Errorf("%d resources are observed", len(observed))
	}
	for _, r := range observed {
		if r.Group != "" && r.Group != group {
			t.Errorf("%s belongs to group %q", r.Key, r.Group)
		}
	}
}

func TestDeleteLeavesNothing(t *testing.T) {
	clk := clock.Scaled(1000)
	cloud := awstest.NewServer(awstest.Options{Clock: clk, OperationDelay: 10 * time.Second})
	t.Cleanup(cloud.Close)
	before := cloud.Snapshot()
	apply(t, cloud, clk, answering("a.example.com"))
	e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
	e.Drop("default/x")
	if _, err := e.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(cloud.Snapshot())), slices.Sorted(maps.Keys(before)); !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}
