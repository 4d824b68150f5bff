package awstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// These benchmarks measure the time of a write in the control plane, with 100 and with 1,000 rules:
// 50 in each load balancer, each with a target group of 19 targets. The time must not depend on the
// number of resources.

func BenchmarkRule(b *testing.B) {
	atSizes(b, func(b *testing.B, s *Server, listener, group string) {
		for b.Loop() {
			made := send(b, s, "CreateRule", url.Values{
				"ListenerArn": {listener}, "Priority": {"5000"},
				"Conditions.member.1.Field": {"host-header"}, "Conditions.member.1.HostHeaderConfig.Values.member.1": {"new.example.com"},
				"Actions.member.1.Type": {"forward"}, "Actions.member.1.TargetGroupArn": {group},
			})
			send(b, s, "DeleteRule", url.Values{"RuleArn": {arnIn(b, made, "RuleArn")}})
		}
	})
}

func BenchmarkTargets(b *testing.B) {
	atSizes(b, func(b *testing.B, s *Server, _, group string) {
		one := url.Values{"TargetGroupArn": {group}, "Targets.member.1.Id": {"10.0.60.1"}}
		for b.Loop() {
			send(b, s, "RegisterTargets", one)
			send(b, s, "DeregisterTargets", one)
		}
	})
}

func atSizes(b *testing.B, run func(b *testing.B, s *Server, listener, group string)) {
	for _, rules := range []int{100, 1000} {
		b.Run(strconv.Itoa(rules), func(b *testing.B) {
			s := NewHandler(Options{Dial: refuseAll})
			defer s.Close()
			openAllPorts(b, s)
			listener, group := fill(b, s, rules, 19)
			b.ReportAllocs()
			run(b, s, listener, group)
		})
	}
}

func refuseAll(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }

// openAllPorts opens all ports in the default security group of the VPC.
func openAllPorts(tb testing.TB, s *Server) {
	tb.Helper()
	anyone := ec2Permission{IpProtocol: "-1", IpRanges: []ec2Range{{CidrIp: "0.0.0.0/0"}}}
	if err := perform(s, func() error {
		_, err := s.authorizeIngress(&permissionsInput{GroupId: s.state.network.groups[0].id, IpPermissions: []ec2Permission{anyone}})
		return err
	}); err != nil {
		tb.Fatal(err)
	}
}

// perform runs an operation as the server does.
func perform(s *Server, operation func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := operation()
	if err == nil {
		s.follow()
	}
	return err
}

// fill creates rules, 50 in each load balancer, each with its own target group. It returns the
// first listener and the first group.
func fill(tb testing.TB, s *Server, rules, targets int) (listener, group string) {
	tb.Helper()
	var l, g string
	for i := range rules {
		if i%50 == 0 {
			l = makeListener(tb, s, strconv.Itoa(i/50))
		}
		g = makeRule(tb, s, l, i, targets)
		if i == 0 {
			listener, group = l, g
		}
	}
	s.Wire().Reset()
	return listener, group
}

func makeListener(tb testing.TB, s *Server, name string) string {
	tb.Helper()
	ids := s.SubnetIDs()
	lb := arnIn(tb, send(tb, s, "CreateLoadBalancer", url.Values{"Name": {"lb-" + name}, "Subnets.member.1": {ids[0]}, "Subnets.member.2": {ids[1]}}), "LoadBalancerArn")
	return arnIn(tb, send(tb, s, "CreateListener", url.Values{
		"LoadBalancerArn": {lb}, "Protocol": {"HTTP"}, "Port": {"80"},
		"DefaultActions.member.1.Type": {"fixed-response"}, "DefaultActions.member.1.FixedResponseConfig.StatusCode": {"404"},
	}), "ListenerArn")
}

func makeRule(tb testing.TB, s *Server, listener string, i, targets int) (group string) {
	tb.Helper()
	group = arnIn(tb, send(tb, s, "CreateTargetGroup", url.Values{
		"Name": {"group-" + strconv.Itoa(i)}, "Protocol": {"HTTP"}, "Port": {"8080"}, "VpcId": {s.VPCID()}, "TargetType": {"ip"},
	}), "TargetGroupArn")
	in := url.Values{"TargetGroupArn": {group}}
	for t := range targets {
		n := i*targets + t
		in.Set(fmt.Sprintf("Targets.member.%d.Id", t+1), fmt.Sprintf("10.0.%d.%d", n/200%60, n%200+10))
	}
	if targets > 0 {
		send(tb, s, "RegisterTargets", in)
	}
	send(tb, s, "CreateRule", url.Values{
		"ListenerArn": {listener}, "Priority": {strconv.Itoa(i%50 + 1)},
		"Conditions.member.1.Field": {"host-header"}, "Conditions.member.1.HostHeaderConfig.Values.member.1": {fmt.Sprintf("h%d.example.com", i)},
		"Actions.member.1.Type": {"forward"}, "Actions.member.1.TargetGroupArn": {group},
	})
	return group
}

func TestRecordedCallsRetainNoBodies(t *testing.T) {
	s := NewHandler(Options{})
	defer s.Close()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, long := heap(), strings.Repeat("x", 128<<10)
	const calls = 64
	for range calls {
		try(s, "DescribeLoadBalancers", url.Values{"Names.member.1": {long}})
	}
	if after := heap(); after > before+calls*uint64(len(long))/2 {
		t.Errorf("%d calls of 128 KiB retain %d MiB", calls, (after-before)>>20)
	}
	if got := s.Wire().Calls(); len(got) != calls || got[0].API != "DescribeLoadBalancers" {
		t.Errorf("recorded %d calls", len(got))
	}
}

// send makes a call to Elastic Load Balancing, which must succeed, and returns the response.
func send(tb testing.TB, s *Server, action string, in url.Values) string {
	tb.Helper()
	status, response := try(s, action, in)
	if status != http.StatusOK {
		tb.Fatalf("%s: %d %s", action, status, response)
	}
	return response
}

func try(s *Server, action string, in url.Values) (status int, response string) {
	in.Set("Action", action)
	in.Set("Version", "2015-12-01")
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(in.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=00")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func arnIn(tb testing.TB, response, name string) string {
	tb.Helper()
	found := regexp.MustCompile("<" + name + ">([^<]+)</").FindStringSubmatch(response)
	if found == nil {
		tb.Fatalf("no %s in %s", name, response)
	}
	return found[1]
}
