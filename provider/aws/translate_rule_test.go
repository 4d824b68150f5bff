package aws_test

import (
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// TestPathsMatchAsInIngressExamples runs the table of examples of the Kubernetes documentation
// ("Ingress", section "Examples") against the rules that are stored in the cloud.
func TestPathsMatchAsInIngressExamples(t *testing.T) {
	const prefix, exact = model.PathPrefix, model.PathExact
	b := newBench(t)
	for _, c := range []struct {
		kind    model.PathType
		path    string
		request string
		match   bool
	}{
		{prefix, "/", "/anything/at/all", true},
		{exact, "/foo", "/foo", true},
		{exact, "/foo", "/bar", false},
		{exact, "/foo", "/foo/", false},
		{exact, "/foo/", "/foo", false},
		{prefix, "/foo", "/foo", true},
		{prefix, "/foo", "/foo/", true},
		{prefix, "/foo/", "/foo", true},
		{prefix, "/foo/", "/foo/", true},
		{prefix, "/aaa/bb", "/aaa/bbb", false},
		{prefix, "/aaa/bbb", "/aaa/bbb", true},
		{prefix, "/aaa/bbb/", "/aaa/bbb", true},
		{prefix, "/aaa/bbb", "/aaa/bbb/", true},
		{prefix, "/aaa/bbb", "/aaa/bbb/ccc", true},
		{prefix, "/aaa/bbb", "/aaa/bbbxyz", false},
	} {
		got := b.routes(t, model.PathMatch{Type: c.kind, Value: c.path}, c.request)
		if got != c.match {
			t.Errorf("%s %s on %s: got %v, want %v", c.kind, c.path, c.request, got, c.match)
		}
	}
}

// routes reports whether a load balancer with one path serves a request.
func (b *bench) routes(t *testing.T, path model.PathMatch, request string) bool {
	t.Helper()
	cloud := awstest.NewHandler(awstest.Options{})
	defer cloud.Close()
	a := b.with(cloud)
	lb, err := model.Seal(model.LoadBalancer{ID: "default/x", Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Routes: []model.Route{
		{Name: "r", Hosts: []model.Host{{Name: "a.example.com"}}, Matches: []model.Match{{Path: path}}, Action: model.Respond(200)},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := a.want(lb)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.create(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	return a.routed(model.Request{Host: "a.example.com", Port: 80, Method: "GET", Path: request}).Status == 200
}
