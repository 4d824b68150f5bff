package awstest_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// pod starts a server that responds with its name.
func pod(t *testing.T, name string) *httptest.Server {
	t.Helper()
	return podFunc(t, func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, name) })
}

func podFunc(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

func targets(pods ...*httptest.Server) []types.TargetDescription {
	var all []types.TargetDescription
	for _, p := range pods {
		host, port, _ := net.SplitHostPort(p.Listener.Addr().String())
		n, _ := strconv.Atoi(port)
		all = append(all, types.TargetDescription{Id: aws.String(host), Port: aws.Int32(int32(n))})
	}
	return all
}

func address(t types.TargetDescription) string {
	return net.JoinHostPort(*t.Id, strconv.Itoa(int(*t.Port)))
}

func (a *account) healthy(t *testing.T, group string) {
	t.Helper()
	a.until(t, func() bool {
		states := a.healths(t.Context(), t, group)
		for _, state := range states {
			if state != "healthy" {
				return false
			}
		}
		return len(states) > 0
	})
}

func TestRequestsReachPodsByRules(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	cart, web := a.group(t, "cart"), a.group(t, "web")
	a.register(t, cart, pod(t, "cart"))
	a.register(t, web, pod(t, "web"))
	l := a.listener(t, lb, 80, fixed("404", "nothing here"))
	a.rule(t, l, 10, forward(cart), hosts("shop.example.com"), paths("/cart", "/cart/*"))
	a.rule(t, l, 20, forward(web), hosts("shop.example.com"), paths("/*"))
	a.healthy(t, cart)
	a.healthy(t, web)

	for _, c := range []struct {
		host, path string
		status     int
		body       string
	}{
		{"shop.example.com", "/cart", 200, "cart"},
		{"shop.example.com", "/cart/1/2?x=y", 200, "cart"},
		{"SHOP.example.com", "/cart", 200, "cart"},
		{"shop.example.com", "/cartoon", 200, "web"},
		{"shop.example.com", "/Cart", 200, "web"},
		{"shop.example.com", "/", 200, "web"},
		{"shop.example.com:80", "/", 404, "nothing here"},
		{"other.example.com", "/", 404, "nothing here"},
	} {
		status, body := get(t, a.client(), "http://"+*lb.DNSName+c.path, c.host)
		if status != c.status || body != c.body {
			t.Errorf("%s%s: got %d %q, want %d %q", c.host, c.path, status, body, c.status, c.body)
		}
	}
}

func TestHealthDependsOnReferencesAndChecks(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	g := a.group(t, "web")
	good := pod(t, "good")
	bad := podFunc(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	a.register(t, g, good, bad)
	goodAt, badAt := good.Listener.Addr().String(), bad.Listener.Addr().String()
	want := map[string]string{goodAt: "unused Target.NotInUse", badAt: "unused Target.NotInUse"}
	if diff := cmp.Diff(want, a.healths(t.Context(), t, g)); diff != "" {
		t.Errorf("health of an unused group (-want +got):\n%s", diff)
	}
	l := a.listener(t, lb, 80, forward(g))
	want = map[string]string{goodAt: "healthy", badAt: "unhealthy Target.FailedHealthChecks"}
	a.until(t, func() bool { return cmp.Equal(want, a.healths(t.Context(), t, g)) })
	for range 6 {
		if status, body := get(t, a.client(), "http://"+*lb.DNSName+"/", "x.example.com"); status != 200 || body != "good" {
			t.Errorf("with one healthy target: got %d %q", status, body)
		}
	}
	if _, err := a.elb.DeleteListener(t.Context(), &elb.DeleteListenerInput{ListenerArn: &l}); err != nil {
		t.Fatal(err)
	}
	want = map[string]string{goodAt: "unused Target.NotInUse", badAt: "unused Target.NotInUse"}
	a.until(t, func() bool { return cmp.Equal(want, a.healths(t.Context(), t, g)) })
}
