package aws_test

import (
	"context"

	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/provider/cloudtest"
	"github.com/headgate-io/headgate/reconcile"
)

// inProcess is a transport that calls a handler without a socket.
type inProcess struct{ handler http.Handler }

func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, in)
	return w.Result(), nil
}

// account is an embedded cloud with a provider that calls it without sockets.
type account struct {
	cloud *awstest.Server
	p     *aws.Provider
	have  map[provider.Key]provider.Resource
}

// bench is a provider whose cloud can be replaced by a new one, because creating a client takes
// longer than a whole test case.
type bench struct {
	transport *inProcess
	p         *aws.Provider
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	cloud := awstest.NewHandler(awstest.Options{})
	tb.Cleanup(cloud.Close)
	b := &bench{transport: &inProcess{}}
	client, err := aws.NewClient(tb.Context(), aws.ClientOptions{
		Region: cloud.Region(), Endpoint: "http://aws.test", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		HTTPClient: &http.Client{Transport: b.transport}, ReadAttempts: 1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	b.p, err = aws.New(client, aws.Options{ClusterID: "demo", VPCID: cloud.VPCID(), SubnetIDs: cloud.SubnetIDs()})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func (b *bench) with(cloud *awstest.Server) *account {
	b.transport.handler = cloud
	return &account{cloud: cloud, p: b.p, have: map[provider.Key]provider.Resource{}}
}

// want returns all resources of a model, in an order in which they can be created.
func (a *account) want(lb model.Sealed) ([]provider.Resource, error) {
	all, err := a.p.Translate(lb)
	if err != nil {
		return nil, err
	}
	for _, g := range lb.Groups() {
		members, err := a.p.Members(lb, g.ID, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, members...)
	}
	return all, nil
}

// create creates resources, those of one write scope in one batch.
func (a *account) create(ctx context.Context, want []provider.Resource) error {
	var scopes []string
	batches := map[string][]provider.Op{}
	for i := range want {
		w := &want[i]
		if batches[w.WriteScope] == nil {
			scopes = append(scopes, w.WriteScope)
		}
		batches[w.WriteScope] = append(batches[w.WriteScope], provider.Op{Action: provider.Create, Key: w.Key, WriteScope: w.WriteScope, Want: w})
	}
	for _, scope := range scopes {
		b := provider.Batch{WriteScope: scope, Ops: batches[scope], Have: func(k provider.Key) (provider.Resource, bool) { r, ok := a.have[k]; return r, ok }}
		for _, o := range a.p.Do(ctx, b) {
			if o.State != provider.Done {
				return fmt.Errorf("%s is %s: %w", o.Key, o.State, o.Err)
			}
			a.have[o.Key] = *o.Have
		}
	}
	return nil
}

// address returns the address of the load balancer.
func (a *account) address() string {
	for k, r := range a.have {
		if k.Kind == aws.KindLoadBalancer {
			return r.Output.Addresses[0]
		}
	}
	return ""
}

// normal divides the weights by their greatest common divisor, and removes differences between URLs
// that mean the same.
func normal(v cloudtest.Routed) cloudtest.Routed {
	maps.DeleteFunc(v.Groups, func(_ string, w int) bool { return w == 0 })
	divisor := 0
	for _, w := range v.Groups {
		for a, b := divisor, w; ; a, b = b, a%b {
			if b == 0 {
				divisor = a
				break
			}
		}
	}
	for name := range v.Groups {
		v.Groups[name] /= divisor
	}
	if u, err := url.Parse(v.Location); err == nil && v.Location != "" {
		if u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443" {
			u.Host = u.Hostname()
		}
		u.Host = strings.ToLower(u.Host)
		v.Location = u.String()
	}
	return v
}

// decided returns the decision of the model, with the names that the groups have in the cloud.
func (a *account) decided(d model.Decision, r model.Request) cloudtest.Routed {
	switch d.Action {
	case model.ActionForward:
		out := cloudtest.Routed{Groups: map[string]int{}, Host: r.Host, Path: r.Path}
		for _, w := range d.Groups {
			out.Groups[a.groupName(w.Group)] += w.Weight
		}
		if out = normal(out); len(out.Groups) == 0 {
			return cloudtest.Routed{Status: http.StatusServiceUnavailable}
		}
		return out
	case model.ActionRedirect:
		return normal(cloudtest.Routed{Status: d.Redirect.Status, Location: d.Redirect.Location})
	case model.ActionFixed:
		return cloudtest.Routed{Status: d.Fixed.Status, Body: d.Fixed.Body}
	case model.ActionNone:
		return cloudtest.Routed{}
	default:
		return cloudtest.Routed{}
	}
}

func (a *account) groupName(id model.GroupID) string {
	for k, r := range a.have {
		if k.Kind == aws.KindTargetGroup && r.Group == id {
			return k.Name
		}
	}
	return "no group " + string(id)
}

// routed returns the decision of the data plane.
func (a *account) routed(r model.Request) cloudtest.Routed {
	target := r.Path
	if len(r.Query) > 0 {
		target += "?" + url.Values(r.Query).Encode()
	}
	in := &http.Request{Method: r.Method, Host: r.Host, RequestURI: target, Header: r.Headers, RemoteAddr: "192.0.2.1:1234", URL: &url.URL{Path: "/"}}
	out, _ := a.cloud.Route(fmt.Sprintf("%s:%d", a.address(), r.Port), in)
	return normal(out)
}

func TestDataPlaneAgreesWithModel(t *testing.T) {
	var translated, refused int
	b := newBench(t)
	rapid.Check(t, func(t *rapid.T) {
		cloud := awstest.NewHandler(awstest.Options{})
		defer cloud.Close()
		a := b.with(cloud)
		features := modeltest.Served(a.p.Capabilities())
		features = slices.DeleteFunc(features, func(f model.Feature) bool { return f == model.FeatureCertificateRef })
		sealed, err := model.Seal(modeltest.LoadBalancers(modeltest.Options{Features: features}).Draw(t, "load balancer"))
		if err != nil {
			t.Fatal(err)
		}
		lb, problems, ok := reconcile.Accept(a.p, sealed)
		if !ok {
			t.Skip("nothing is left to serve")
		}
		want, err := a.want(lb)
		if err != nil {
			t.Fatal(err)
		}
		translated++
		if slices.ContainsFunc(problems, model.Problem.Refuses) {
			refused++
		}
		if err := a.create(context.Background(), want); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			r := modeltest.Requests(lb).Draw(t, "request")
			if r.Port != 80 && r.Port != 443 {
				// as clients do for a port that is not the default of the protocol
				r.Host += fmt.Sprint(":", r.Port)
			}
			if diff := cmp.Diff(a.decided(model.Decide(lb, r), r), a.routed(r)); diff != "" {
				t.Fatalf("%+v: the model and the data plane disagree (-model +data plane):\n%s", r, diff)
			}
		}
		a.checkObserved(t, want)
	})
	t.Logf("%d load balancers translated, %d of them in part", translated, refused)
	if 2*refused > translated {
		t.Errorf("%[2]d of %[1]d load balancers were refused in part, so that the test shows little", translated, refused)
	}
}

// checkObserved fails if what is observed differs from what was applied.
func (a *account) checkObserved(t *rapid.T, want []provider.Resource) {
	t.Helper()
	observed, err := a.p.Observe(context.Background(), provider.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	have := map[provider.Key]provider.Resource{}
	for _, r := range observed {
		have[r.Key] = r
	}
	for _, w := range want {
		h, ok := have[w.Key]
		if !ok {
			t.Fatalf("%s is not observed", w.Key)
		}
		if fields := a.p.Compare(w, h); len(fields) > 0 {
			t.Fatalf("%s differs after the apply: %v", w.Key, fields)
		}
	}
	if len(have) != len(want) {
		t.Fatalf("%d resources are observed, %d are wanted", len(have), len(want))
	}
}
