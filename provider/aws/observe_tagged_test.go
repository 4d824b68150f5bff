package aws_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/reconcile"
)

// promptAccount returns an account whose tagging API does not lag until it is frozen. All pods
// respond.
func promptAccount(t *testing.T, o awstest.Options) (*awstest.Server, clock.Clock) {
	t.Helper()
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	t.Cleanup(pod.Close)
	o.Clock, o.TaggingLag = clock.Scaled(1000), -1
	o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, pod.Listener.Addr().String())
	}
	cloud := awstest.NewServer(o)
	t.Cleanup(cloud.Close)
	return cloud, o.Clock
}

// shop returns a load balancer with routes such as "a" or "b=g": a host with a fixed response, or
// one that is forwarded to a Service. Routes after a ":" belong to a second listener.
func shop(routes string) model.LoadBalancer {
	lb := model.LoadBalancer{ID: "default/x"}
	for i, listener := range strings.Split(routes, ":") {
		l := model.Listener{Name: fmt.Sprint("l", i), Port: 80 + 8000*i, Protocol: model.HTTP}
		for _, text := range strings.Fields(listener) {
			host, service, forwards := strings.Cut(text, "=")
			r := model.Route{Name: host, Hosts: []model.Host{{Name: host + ".example.com"}}, Action: model.Respond(200)}
			if forwards {
				group := model.GroupID("default/" + service)
				r.Action = model.ForwardTo(group)
				lb = withGroup(lb, group)
			}
			l.Routes = append(l.Routes, r)
		}
		lb.Listeners = append(lb.Listeners, l)
	}
	return lb
}

func withGroup(lb model.LoadBalancer, id model.GroupID) model.LoadBalancer {
	for _, g := range lb.Groups {
		if g.ID == id {
			return lb
		}
	}
	lb.Groups = append(lb.Groups, model.Group{ID: id, Endpoints: pods("10.0.1.", 2), Members: model.MembersKnown})
	return lb
}

// withoutReserved returns r without the priorities of rules of others, which the tagging API cannot
// list. A process learns them when a write fails because of one.
func withoutReserved(r provider.Resource) provider.Resource {
	switch spec := r.Spec.(type) {
	case aws.ListenerSpec:
		spec.Reserved = nil
		r.Spec = spec
	case aws.RuleSpec:
		spec.Reserved = nil
		r.Spec = spec
	}
	return r
}

// observeBoth observes with p, and with a process that does not use the tagging API. It fails if
// they differ, and returns the calls of p.
func observeBoth(t *testing.T, cloud *awstest.Server, clk clock.Clock, p *aws.Provider) map[string]int {
	t.Helper()
	want, _ := observe(t, cloud, process(t, cloud, clk))
	got, calls := observe(t, cloud, p)
	if len(want) == 0 {
		t.Error("nothing is observed")
	}
	if diff := cmp.Diff(keysOf(want), keysOf(got)); diff != "" {
		t.Fatalf("observed (-without tagging API +with):\n%s", diff)
	}
	for i := range want {
		want[i], got[i] = withoutReserved(want[i]), withoutReserved(got[i])
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Errorf("%s: got %+v, without the tagging API %+v", want[i].Key, got[i], want[i])
		}
	}
	return calls
}

func TestFirstObservationReadsManyPartsAtOnce(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g c=h d:a=g e"))
	for i := range 5 {
		apply(t, cloud, clk, served(fmt.Sprint("lb", i)))
	}
	p := audited(t, cloud)
	want := map[string]int{
		"DescribeLoadBalancers": 1, "DescribeTargetGroups": 1, "DescribeSecurityGroups": 1, "ListCertificates": 1, "DescribeTags": 1,
		"GetResources": 1, "DescribeListeners": 1, "DescribeRules": 1, "DescribeTargetHealth": 7,
	}
	if diff := cmp.Diff(want, observeBoth(t, cloud, clk, p)); diff != "" {
		t.Errorf("calls of the first observation (-want +got):\n%s", diff)
	}
	again := observeBoth(t, cloud, clk, p)
	if again["GetResources"] != 0 || again["DescribeListeners"] != 6 || again["DescribeRules"] != 7 {
		t.Errorf("calls of the second observation: %v", again)
	}
	if one, calls := observe(t, cloud, audited(t, cloud), "default/x"); calls["GetResources"] != 0 || len(one) == 0 {
		t.Errorf("calls for one load balancer: %v", calls)
	}
}

// No list returns the certificates of a listener after the default one.
func TestCertificatesOfListedListenersAreRead(t *testing.T) {
	clk := clock.System() // the certificates are valid now
	cloud := awstest.NewServer(awstest.Options{Clock: clk, TaggingLag: -1})
	t.Cleanup(cloud.Close)
	lb := answering("a.example.com", "b.example.com")
	lb.Listeners[0].Port, lb.Listeners[0].Protocol, lb.Listeners[0].TLS = 443, model.HTTPS, &model.ListenerTLS{}
	for _, host := range []string{"a", "b"} {
		cert, err := modeltest.Certificate("default/"+host, host+".example.com")
		if err != nil {
			t.Fatal(err)
		}
		lb.Listeners[0].TLS.Certificates = append(lb.Listeners[0].TLS.Certificates, cert)
	}
	apply(t, cloud, clk, lb)
	calls := observeBoth(t, cloud, clk, audited(t, cloud))
	if calls["GetResources"] != 1 || calls["DescribeTags"] != 1 || calls["DescribeListenerCertificates"] != 1 {
		t.Errorf("calls: %v", calls)
	}
}

func TestAllPagesOfTheTaggingAPIAreRead(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	for i := range 3 {
		lb := answering(numbered("h", 45)...)
		lb.ID = model.ID(fmt.Sprint("default/x", i))
		apply(t, cloud, clk, lb)
	}
	calls := observeBoth(t, cloud, clk, audited(t, cloud))
	if calls["GetResources"] != 2 || calls["DescribeListeners"] != 1 || calls["DescribeRules"] != 7 {
		t.Errorf("calls: %v", calls)
	}
}

func TestInconsistentListsAreNotUsed(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"a rule between others is missing":       {"a c", "a b c"},
		"the rule of a Service is missing":       {"a", "a b=g"},
		"all moved, and two are missing":         {"b c", "a b c d=g"},
		"a rule is gone":                         {"a b", "a"},
		"a rule is gone, and another is missing": {"a b", "a c"},
		"a listener is missing":                  {"a", "a:b=g"},
		"a listener is gone":                     {"a:b=g", "a"},
		"all rules are missing":                  {"", "a=g"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, awstest.Options{})
			apply(t, cloud, clk, served("other"))
			apply(t, cloud, clk, shop(c.before))
			cloud.FreezeTags(true)
			apply(t, cloud, clk, shop(c.after))
			calls := observeBoth(t, cloud, clk, audited(t, cloud))
			if calls["GetResources"] != 1 {
				t.Errorf("calls: %v", calls)
			}
		})
	}
	t.Run("the load balancer is missing", func(t *testing.T) {
		cloud, clk := promptAccount(t, awstest.Options{})
		cloud.FreezeTags(true)
		apply(t, cloud, clk, shop("a b=g"))
		observeBoth(t, cloud, clk, audited(t, cloud))
	})
	t.Run("the load balancer is gone", func(t *testing.T) {
		cloud, clk := promptAccount(t, awstest.Options{})
		apply(t, cloud, clk, served("other"))
		apply(t, cloud, clk, shop("a b=g"))
		cloud.FreezeTags(true)
		e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
		e.Drop("default/x")
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := observeBoth(t, cloud, clk, audited(t, cloud))
		if calls["DescribeListeners"] != 1 || calls["DescribeRules"] != 1 {
			t.Errorf("parts of a deleted load balancer were read: %v", calls)
		}
	})
}

func TestSplitsOfReadsAreLimited(t *testing.T) {
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, answering(numbered("h", 60)...))
	cloud.FreezeTags(true)
	apply(t, cloud, clk, answering("h0.example.com"))
	calls := observeBoth(t, cloud, clk, audited(t, cloud))
	if got := calls["DescribeRules"]; got > 3*7+1 {
		t.Errorf("%d reads of rules", got)
	}
}

func TestObserveWorksWithoutTheTaggingAPI(t *testing.T) {
	for name, c := range map[string]struct {
		o     awstest.Options
		fault *cloudtest.Fault
	}{
		"denied":      {o: awstest.Options{DeniedActions: []string{"tag:GetResources"}}},
		"broken":      {fault: &cloudtest.Fault{API: "GetResources", Kind: cloudtest.FailBefore}},
		"throttled":   {fault: &cloudtest.Fault{API: "GetResources", Kind: cloudtest.Throttle}},
		"unreachable": {fault: &cloudtest.Fault{API: "GetResources", Kind: cloudtest.Refuse}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, c.o)
			apply(t, cloud, clk, shop("a b=g:c"))
			if c.fault != nil {
				cloud.Wire().Inject(*c.fault)
			}
			calls := observeBoth(t, cloud, clk, audited(t, cloud))
			if calls["GetResources"] == 0 || calls["DescribeListeners"] != 1 || calls["DescribeRules"] != 2 {
				t.Errorf("calls: %v", calls)
			}
		})
	}
	cloud, clk := promptAccount(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g"))
	cloud.Wire().Inject(cloudtest.Fault{API: "DescribeRules", Kind: cloudtest.FailBefore})
	if _, err := audited(t, cloud).Observe(t.Context(), provider.Scope{}); err == nil {
		t.Error("no error after a failed read of rules")
	}
}
