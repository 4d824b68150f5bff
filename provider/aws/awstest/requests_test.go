package awstest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

func TestGroupsWithoutHealthyTargets(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	empty, broken := a.group(t, "empty"), a.group(t, "broken")
	a.register(t, broken, podFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.UserAgent(), "ELB-HealthChecker/") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprint(w, "served by an unhealthy target")
	}))
	l := a.listener(t, lb, 80, fixed("404", ""))
	a.rule(t, l, 1, forward(empty), paths("/empty"))
	a.rule(t, l, 2, forward(broken), paths("/broken"))
	a.until(t, func() bool {
		for _, state := range a.healths(t.Context(), t, broken) {
			if state != "unhealthy Target.FailedHealthChecks" {
				return false
			}
		}
		return true
	})
	for path, want := range map[string]int{"/empty": 503, "/broken": 200} {
		if status, _ := get(t, a.client(), "http://"+*lb.DNSName+path, "x.example.com"); status != want {
			t.Errorf("%s: got %d, want %d", path, status, want)
		}
	}
}

func TestNewTargetsNeedOneCheck(t *testing.T) {
	checked := make(chan struct{})
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	g := a.group(t, "web", func(in *elb.CreateTargetGroupInput) {
		in.HealthCheckIntervalSeconds, in.HealthCheckTimeoutSeconds = aws.Int32(300), aws.Int32(120)
	})
	a.register(t, g, podFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.UserAgent(), "ELB-HealthChecker/") {
			<-checked
		}
	}))
	a.listener(t, lb, 80, forward(g))
	if status, _ := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com"); status != 503 {
		t.Errorf("before the first check: got %d, want 503", status)
	}
	close(checked)
	a.healthy(t, g)
	if status, _ := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com"); status != 200 {
		t.Errorf("after the first check: got %d, want 200", status)
	}
}

func TestRequestsAreSharedByWeight(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	weights := map[string]int32{"heavy": 3, "light": 1, "off": 0}
	config := &types.ForwardActionConfig{}
	for _, name := range []string{"heavy", "light", "off"} {
		g := a.group(t, name)
		a.register(t, g, pod(t, name))
		config.TargetGroups = append(config.TargetGroups, types.TargetGroupTuple{TargetGroupArn: &g, Weight: aws.Int32(weights[name])})
	}
	a.listener(t, lb, 80, types.Action{Type: types.ActionTypeEnumForward, ForwardConfig: config})
	for _, tuple := range config.TargetGroups {
		a.healthy(t, *tuple.TargetGroupArn) // a group of weight 0 is checked as well
	}
	got := map[string]int{}
	for range 200 {
		_, body := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com")
		got[body]++
	}
	if got["off"] > 0 || got["heavy"] < 100 || got["light"] < 15 || got["heavy"]+got["light"] != 200 {
		t.Errorf("200 requests with weights 3:1:0: %v", got)
	}
}

func TestDrainingTargetsFinishRequestsInFlight(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	g := a.group(t, "web")
	started, finish := make(chan struct{}), make(chan struct{})
	slow := podFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(started)
			<-finish
		}
		_, _ = fmt.Fprint(w, "old")
	})
	a.register(t, g, slow)
	a.listener(t, lb, 80, forward(g))
	a.healthy(t, g)
	result := make(chan string)
	go func() {
		response, err := a.client().Get("http://" + *lb.DNSName + "/slow")
		if err != nil {
			result <- err.Error()
			return
		}
		defer func() { _ = response.Body.Close() }()
		result <- response.Status
	}()
	<-started
	a.register(t, g, pod(t, "new"))
	a.healthy(t, g)
	deregister := func() {
		if _, err := a.elb.DeregisterTargets(t.Context(), &elb.DeregisterTargetsInput{TargetGroupArn: &g, Targets: targets(slow)}); err != nil {
			t.Fatal(err)
		}
	}
	deregister()
	deregister() // succeeds for a target that is not registered
	if got := a.healths(t.Context(), t, g)[slow.Listener.Addr().String()]; got != "draining Target.DeregistrationInProgress" {
		t.Errorf("with a request in flight: got %q", got)
	}
	for range 4 {
		if _, body := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com"); body != "new" {
			t.Errorf("a new request went to %q", body)
		}
	}
	close(finish)
	if got := <-result; got != "200 OK" {
		t.Errorf("the request in flight got %s", got)
	}
	a.until(t, func() bool { return len(a.healths(t.Context(), t, g)) == 1 })
}

func TestRedirectPlaceholders(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	redirect := func(c types.RedirectActionConfig) types.Action {
		c.StatusCode = types.RedirectActionStatusCodeEnumHttp301
		return types.Action{Type: types.ActionTypeEnumRedirect, RedirectConfig: &c}
	}
	l := a.listener(t, lb, 80, redirect(types.RedirectActionConfig{Protocol: aws.String("HTTPS"), Port: aws.String("443")}))
	a.rule(t, l, 1, redirect(types.RedirectActionConfig{Host: aws.String("new.#{host}"), Path: aws.String("/v2/#{path}"), Query: aws.String("from=#{port}&#{query}")}), paths("/moved/*"))
	for _, c := range [][2]string{
		{"/a/b?x=y&z", "https://shop.example.com:443/a/b?x=y&z"},
		{"/", "https://shop.example.com:443/"},
		{"/moved/a%20b?q", "http://new.shop.example.com:80/v2/moved/a%20b?from=80&q"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+*lb.DNSName+c[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "shop.example.com"
		response, err := a.client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if got := response.Header.Get("Location"); response.StatusCode != http.StatusMovedPermanently || got != c[1] {
			t.Errorf("%s: got %d %s, want %s", c[0], response.StatusCode, got, c[1])
		}
	}
}

func TestForwardedHeaders(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	g := a.group(t, "web")
	a.register(t, g, podFunc(t, func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		_, _ = fmt.Fprint(w, r.Host, " ", r.URL, " ", h.Get("X-Forwarded-For"), " ", h.Get("X-Forwarded-Proto"), " ", h.Get("X-Forwarded-Port"))
	}))
	a.listener(t, lb, 8080, forward(g))
	a.healthy(t, g)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+*lb.DNSName+":8080/x;y?a=b;c", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "shop.example.com"
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	response, err := a.client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body := make([]byte, 200)
	n, _ := response.Body.Read(body)
	if got, want := string(body[:n]), "shop.example.com:8080 /x;y?a=b;c 192.0.2.1, 127.0.0.1 http 8080"; got != want {
		t.Errorf("the target received %q, want %q", got, want)
	}
}

func TestBrokenResponsesAreBadGateways(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	g := a.group(t, "web", func(in *elb.CreateTargetGroupInput) {
		in.HealthCheckIntervalSeconds, in.HealthCheckTimeoutSeconds = aws.Int32(300), aws.Int32(120)
	})
	cut := podFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
	})
	a.register(t, g, cut)
	a.listener(t, lb, 80, forward(g))
	a.healthy(t, g)
	if status, _ := get(t, a.client(), "http://"+*lb.DNSName+"/cut", "x.example.com"); status != 502 {
		t.Errorf("a target that breaks off its response: got %d, want 502", status)
	}
}

func TestSlowTargetsAreGatewayTimeouts(t *testing.T) {
	a := open(t, awstest.Options{Clock: clock.System()})
	lb := a.balancer(t, "shop")
	if _, err := a.elb.ModifyLoadBalancerAttributes(t.Context(), &elb.ModifyLoadBalancerAttributesInput{LoadBalancerArn: lb.LoadBalancerArn, Attributes: []types.LoadBalancerAttribute{
		{Key: aws.String("idle_timeout.timeout_seconds"), Value: aws.String("1")},
	}}); err != nil {
		t.Fatal(err)
	}
	g := a.group(t, "web")
	end := make(chan struct{})
	silent := podFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			<-end
		}
	})
	t.Cleanup(func() { close(end) }) // before the pod closes, which waits for its requests
	a.register(t, g, silent)
	a.listener(t, lb, 80, forward(g))
	a.healthy(t, g)
	if status, _ := get(t, a.client(), "http://"+*lb.DNSName+"/silent", "x.example.com"); status != http.StatusGatewayTimeout {
		t.Errorf("got %d, want 504", status)
	}
}

func TestHTTP1RequestsToHTTP2GroupsGet464(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	g := a.group(t, "web", func(in *elb.CreateTargetGroupInput) { in.ProtocolVersion = aws.String("HTTP2") })
	a.listener(t, lb, 80, forward(g))
	if status, _ := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com"); status != 464 {
		t.Errorf("got %d, want 464", status)
	}
}

func TestListenersNeedAnOpenSecurityGroup(t *testing.T) {
	a := open(t, awstest.Options{})
	out, err := a.elb.CreateLoadBalancer(t.Context(), &elb.CreateLoadBalancerInput{Name: aws.String("closed"), Subnets: a.SubnetIDs()})
	if err != nil {
		t.Fatal(err)
	}
	a.listener(t, out.LoadBalancers[0], 80, fixed("200", ""))
	if got := a.Front().Addresses(); len(got) != 0 {
		t.Errorf("with the default security group, which opens no port, the addresses are %v", got)
	}
	if _, err := a.elb.SetSecurityGroups(t.Context(), &elb.SetSecurityGroupsInput{LoadBalancerArn: out.LoadBalancers[0].LoadBalancerArn, SecurityGroups: []string{a.openGroup(t, "open")}}); err != nil {
		t.Fatal(err)
	}
	if got := a.Front().Addresses(); len(got) != 1 {
		t.Errorf("with an open security group the addresses are %v", got)
	}
}
