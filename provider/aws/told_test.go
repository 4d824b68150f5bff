package aws_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
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

// prompt is an account whose tagging API tells of everything at once, until it is frozen. All pods
// answer.
func prompt(t *testing.T, o awstest.Options) (*awstest.Server, clock.Clock) {
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

// shop is a load balancer of routes such as "a" or "b=g": a host that is answered, or forwarded to
// a Service. Those behind a ":" are of a second listener.
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

// sameAsByTheLongWay looks with p, and with a process that is told nothing.
func sameAsByTheLongWay(t *testing.T, cloud *awstest.Server, clk clock.Clock, p *aws.Provider) map[string]int {
	t.Helper()
	want, _ := look(t, cloud, process(t, cloud, clk))
	got, calls := look(t, cloud, p)
	if len(want) == 0 {
		t.Error("there is nothing to see")
	}
	if diff := cmp.Diff(keysOf(want), keysOf(got)); diff != "" {
		t.Fatalf("observed (-long way +told):\n%s", diff)
	}
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Errorf("%s: told %+v, by the long way %+v", want[i].Key, got[i], want[i])
		}
	}
	return calls
}

func TestTheFirstLookOfAnAuditedProcessIsAtManyPartsAtOnce(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g c=h d:a=g e"))
	for i := range 5 {
		apply(t, cloud, clk, served(fmt.Sprint("lb", i)))
	}
	p := audited(t, cloud)
	want := map[string]int{
		"DescribeLoadBalancers": 1, "DescribeTargetGroups": 1, "DescribeSecurityGroups": 1, "ListCertificates": 1, "DescribeTags": 1,
		"GetResources": 1, "DescribeListeners": 1, "DescribeRules": 1, "DescribeTargetHealth": 7,
	}
	if diff := cmp.Diff(want, sameAsByTheLongWay(t, cloud, clk, p)); diff != "" {
		t.Errorf("the first look (-want +got):\n%s", diff)
	}
	again := sameAsByTheLongWay(t, cloud, clk, p)
	if again["GetResources"] != 0 || again["DescribeListeners"] != 6 || again["DescribeRules"] != 7 {
		t.Errorf("the second look: %v", again)
	}
	if one, calls := look(t, cloud, audited(t, cloud), "default/x"); calls["GetResources"] != 0 || len(one) == 0 {
		t.Errorf("a look at one load balancer: %v", calls)
	}
}

// Which certificates a listener has beyond the default one is told by no list.
func TestCertificatesOfAListenerThatIsToldAreRead(t *testing.T) {
	clk := clock.System() // certificates are valid now
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
	calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
	if calls["GetResources"] != 1 || calls["DescribeTags"] != 1 || calls["DescribeListenerCertificates"] != 1 {
		t.Errorf("calls: %v", calls)
	}
}

func TestMoreThanOnePageOfListenersAndRulesIsTold(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	for i := range 3 {
		lb := answering(numbered("h", 45)...)
		lb.ID = model.ID(fmt.Sprint("default/x", i))
		apply(t, cloud, clk, lb)
	}
	calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
	if calls["GetResources"] != 2 || calls["DescribeListeners"] != 1 || calls["DescribeRules"] != 7 {
		t.Errorf("calls: %v", calls)
	}
}

func TestWhatIsToldWrongIsReadByTheLongWay(t *testing.T) {
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
			cloud, clk := prompt(t, awstest.Options{})
			apply(t, cloud, clk, served("other"))
			apply(t, cloud, clk, shop(c.before))
			cloud.FreezeTags(true)
			apply(t, cloud, clk, shop(c.after))
			calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
			if calls["GetResources"] != 1 {
				t.Errorf("calls: %v", calls)
			}
		})
	}
	t.Run("the load balancer is missing", func(t *testing.T) {
		cloud, clk := prompt(t, awstest.Options{})
		cloud.FreezeTags(true)
		apply(t, cloud, clk, shop("a b=g"))
		sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
	})
	t.Run("the load balancer is gone", func(t *testing.T) {
		cloud, clk := prompt(t, awstest.Options{})
		apply(t, cloud, clk, served("other"))
		apply(t, cloud, clk, shop("a b=g"))
		cloud.FreezeTags(true)
		e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
		e.Drop("default/x")
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
		if calls["DescribeListeners"] != 1 || calls["DescribeRules"] != 1 {
			t.Errorf("what is of no load balancer was asked for: %v", calls)
		}
	})
}

func TestWhereMuchIsGoneItIsNotAllLookedFor(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, answering(numbered("h", 60)...))
	cloud.FreezeTags(true)
	apply(t, cloud, clk, answering("h0.example.com"))
	calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
	if got := calls["DescribeRules"]; got > 3*7+1 {
		t.Errorf("%d reads of rules", got)
	}
}

func TestWithoutTheTaggingAPITheLongWayIsTaken(t *testing.T) {
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
			cloud, clk := prompt(t, c.o)
			apply(t, cloud, clk, shop("a b=g:c"))
			if c.fault != nil {
				cloud.Wire().Inject(*c.fault)
			}
			calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud))
			if calls["GetResources"] == 0 || calls["DescribeListeners"] != 1 || calls["DescribeRules"] != 2 {
				t.Errorf("calls: %v", calls)
			}
		})
	}
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g"))
	cloud.Wire().Inject(cloudtest.Fault{API: "DescribeRules", Kind: cloudtest.FailBefore})
	if _, err := audited(t, cloud).Observe(t.Context(), provider.Scope{}); err == nil {
		t.Error("rules that could not be read are no error")
	}
}

// discovered is the engine of an audited process after its first look, which is to bring about a
// model.
func discovered(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) *reconcile.Engine {
	t.Helper()
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	e := reconcile.New(audited(t, cloud), reconcile.Options{Clock: clk, Guard: reconcile.Guard{Off: true}})
	if _, err := e.Discover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if problems := e.Set(sealed); len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	return e
}

// asWanted fails unless a process that is told nothing finds nothing to do.
func asWanted(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) {
	t.Helper()
	if steps := leftToDo(t, cloud, clk, lb); len(steps) > 0 {
		t.Errorf("to do is still %+v", steps)
	}
}

func leftToDo(t *testing.T, cloud *awstest.Server, clk clock.Clock, lb model.LoadBalancer) []reconcile.Step {
	t.Helper()
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	e := reconcile.New(process(t, cloud, clk), reconcile.Options{Clock: clk})
	e.Set(sealed)
	left, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return left.Results[0].Steps
}

// The last rule of a listener that forwards to nothing of its own is missing, and nothing tells.
func TestARuleThatGoesUnseenIsFoundBeforeTheFirstWrite(t *testing.T) {
	for name, want := range map[string]string{
		"it is wanted": "b c", "it is wanted elsewhere": "a b c", "it is wanted before others": "b c d", "another is wanted in its place": "b d",
		"it is to forward": "b c=g", "a listener is wanted": "b c:d", "another is to go": "c",
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := prompt(t, awstest.Options{})
			apply(t, cloud, clk, shop("b"))
			cloud.FreezeTags(true)
			apply(t, cloud, clk, shop("b c"))
			// with one of the two rules
			if found, _ := look(t, cloud, audited(t, cloud)); len(found) != 4 {
				t.Fatalf("the test shows nothing: %v is seen", keysOf(found))
			}
			e := discovered(t, cloud, clk, shop(want))
			cloud.Wire().Reset()
			if _, err := e.Apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, w := range cloud.Wire().Writes() {
				if w.Status >= 300 {
					t.Errorf("%s was refused: something was written on hearsay", w.API)
				}
			}
			asWanted(t, cloud, clk, shop(want))
		})
	}
}

func TestARuleThatGoesUnseenAndThatNobodyWantsIsFoundByTheNextLook(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, shop("a"))
	cloud.FreezeTags(true)
	apply(t, cloud, clk, shop("a b"))
	e := discovered(t, cloud, clk, shop("a"))
	for range 2 {
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.Forget("default/x")
	}
	asWanted(t, cloud, clk, shop("a"))
}

func TestTheFirstWriteIsPrecededByOneLookForCertain(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b=g:c"))
	e := discovered(t, cloud, clk, shop("a b=g:c"))
	for i, c := range []struct {
		routes string
		reads  map[string]int
	}{
		{"a b=g:c", map[string]int{}},
		{"a b=g d:c e", map[string]int{"DescribeListeners": 1, "DescribeRules": 2, "DescribeTags": 1}},
		{"a b=g d f:c e f", map[string]int{}},
	} {
		sealed, err := model.Seal(shop(c.routes))
		if err != nil {
			t.Fatal(err)
		}
		cloud.Wire().Reset()
		e.Set(sealed)
		if _, err := e.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		reads := map[string]int{}
		for _, call := range cloud.Wire().Calls() {
			if call.Kind == cloudtest.Read {
				reads[call.API]++
			}
		}
		if diff := cmp.Diff(c.reads, reads); diff != "" {
			t.Errorf("change %d, reads (-want +got):\n%s", i, diff)
		}
		asWanted(t, cloud, clk, shop(c.routes))
	}
}

func TestALookForCertainThatFailsIsMadeAgain(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b:c"))
	cloud.FreezeTags(true)
	e := discovered(t, cloud, clk, shop("a b d:c"))
	cloud.Wire().Reset()
	cloud.Wire().Inject(cloudtest.Fault{API: "DescribeTags", Kind: cloudtest.FailBefore, Times: 1})
	first, err := e.Sync(t.Context())
	if err != nil || first.Err() == nil || len(cloud.Wire().Writes()) > 0 {
		t.Errorf("%v, %v, and written was %v", err, first.Err(), cloud.Wire().Writes())
	}
	if _, err := e.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	asWanted(t, cloud, clk, shop("a b d:c"))
}

// rulesBut are the rules of the account by ARN, without those that are ours.
func rulesBut(t *testing.T, n neighbour, ours map[string]bool) map[string]types.Rule {
	t.Helper()
	all := map[string]types.Rule{}
	for _, l := range n.listeners(t) {
		out, err := n.elb.DescribeRules(t.Context(), &elb.DescribeRulesInput{ListenerArn: l.ListenerArn})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.Rules {
			if !ours[*r.RuleArn] {
				all[*r.RuleArn] = r
			}
		}
	}
	return all
}

// listeners are those of the account's load balancers.
func (n neighbour) listeners(t *testing.T) []types.Listener {
	t.Helper()
	balancers, err := n.elb.DescribeLoadBalancers(t.Context(), &elb.DescribeLoadBalancersInput{})
	if err != nil {
		t.Fatal(err)
	}
	var all []types.Listener
	for _, lb := range balancers.LoadBalancers {
		out, err := n.elb.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: lb.LoadBalancerArn})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.Listeners...)
	}
	return all
}

// intrude puts a listener of somebody else, and a rule on each listener, upon the load balancer,
// with tags.
func (n neighbour) intrude(t *testing.T, tags ...types.Tag) {
	t.Helper()
	gone := []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: sdk.String("410")}}}
	balancer := n.listeners(t)[0].LoadBalancerArn
	if _, err := n.elb.CreateListener(t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: balancer, Port: sdk.Int32(8081), Protocol: types.ProtocolEnumHttp, DefaultActions: gone, Tags: tags,
	}); err != nil {
		t.Fatal(err)
	}
	for _, l := range n.listeners(t) {
		if _, err := n.elb.CreateRule(t.Context(), &elb.CreateRuleInput{
			ListenerArn: l.ListenerArn, Priority: sdk.Int32(77), Actions: gone, Tags: tags,
			Conditions: []types.RuleCondition{{Field: sdk.String("host-header"), Values: []string{"theirs.example.com"}}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatOthersHaveIsNotTouchedByHearsay(t *testing.T) {
	for name, tags := range map[string][]types.Tag{
		"without tags":             nil,
		"with another's tags":      {{Key: sdk.String("headgate.io/cluster"), Value: sdk.String("another")}, {Key: sdk.String("headgate.io/name"), Value: sdk.String("80")}},
		"with the cluster's alone": {{Key: sdk.String("headgate.io/cluster"), Value: sdk.String("demo")}},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := prompt(t, awstest.Options{})
			apply(t, cloud, clk, shop("a b=g:c"))
			n := newNeighbour(cloud)
			ours := map[string]bool{}
			for arn := range rulesBut(t, n, nil) {
				ours[arn] = true
			}
			n.intrude(t, tags...)
			theirs := rulesBut(t, n, ours)
			if calls := sameAsByTheLongWay(t, cloud, clk, audited(t, cloud)); calls["DescribeRules"] != 1 {
				t.Errorf("calls: %v", calls)
			}
			e := discovered(t, cloud, clk, shop("c a:b=g"))
			if _, err := e.Apply(t.Context()); err != nil {
				t.Fatal(err)
			}
			asWanted(t, cloud, clk, shop("c a:b=g"))
			now := rulesBut(t, n, nil)
			maps.DeleteFunc(now, func(arn string, _ types.Rule) bool { _, there := theirs[arn]; return !there })
			if len(theirs) < 4 || !reflect.DeepEqual(now, theirs) {
				t.Errorf("theirs were %v and are %v", theirs, now)
			}
		})
	}
}

// Somebody takes a rule over by taking the tags away, and the tagging API has not heard of it.
func TestARuleWhoseTagsWereTakenAwayIsNotTouched(t *testing.T) {
	cloud, clk := prompt(t, awstest.Options{})
	apply(t, cloud, clk, shop("a b"))
	cloud.FreezeTags(true)
	n := newNeighbour(cloud)
	before := rulesBut(t, n, nil)
	var arns []string
	for arn, r := range before {
		if !*r.IsDefault {
			arns = append(arns, arn)
		}
	}
	if _, err := n.elb.RemoveTags(t.Context(), &elb.RemoveTagsInput{ResourceArns: arns, TagKeys: []string{"headgate.io/cluster"}}); err != nil || len(arns) != 2 {
		t.Fatal(err, arns)
	}
	e := discovered(t, cloud, clk, shop("b=g"))
	for range 3 { // it cannot be had: what others have has the priority
		_, _ = e.Sync(t.Context())
	}
	now := rulesBut(t, n, nil)
	for _, arn := range arns {
		if !reflect.DeepEqual(before[arn], now[arn]) {
			t.Errorf("was %+v, is %+v", before[arn], now[arn])
		}
	}
}
