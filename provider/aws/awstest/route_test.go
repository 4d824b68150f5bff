package awstest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
)

func TestRoute(t *testing.T) {
	a := open(t, awstest.Options{})
	lb := a.balancer(t, "shop")
	web, api := a.group(t, "web"), a.group(t, "api")
	weights := func(forWeb, forAPI int32) types.Action {
		return types.Action{Type: types.ActionTypeEnumForward, ForwardConfig: &types.ForwardActionConfig{TargetGroups: []types.TargetGroupTuple{
			{TargetGroupArn: &web, Weight: &forWeb}, {TargetGroupArn: &api, Weight: &forAPI},
		}}}
	}
	redirect := types.Action{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{
		Protocol: aws.String("HTTPS"), Port: aws.String("443"), StatusCode: types.RedirectActionStatusCodeEnumHttp302,
	}}
	l := a.listener(t, lb, 8080, weights(3, 1))
	a.rule(t, l, 1, weights(0, 2), paths("/one"))
	a.rule(t, l, 2, weights(0, 0), paths("/none"))
	a.rule(t, l, 3, redirect, paths("/moved"))
	a.rule(t, l, 4, fixed("404", "no"), paths("/fixed"))
	for path, want := range map[string]cloudtest.Routed{
		"/a%20b?q": {Groups: map[string]int{"web": 3, "api": 1}, Host: "shop.example.com:8080", Path: "/a%20b"},
		"/one":     {Groups: map[string]int{"api": 2}, Host: "shop.example.com:8080", Path: "/one"},
		"/none":    {Status: 503},
		"/moved":   {Status: 302, Location: "https://shop.example.com:443/moved"},
		"/fixed":   {Status: 404, Body: "no"},
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "shop.example.com"
		got, ok := a.Route(*lb.DNSName+":8080", r)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v (-want +got):\n%s", path, ok, diff)
		}
	}
	if _, ok := a.Route(*lb.DNSName+":80", httptest.NewRequest(http.MethodGet, "/", nil)); ok {
		t.Error("a port without a listener serves requests")
	}
}
