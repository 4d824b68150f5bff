//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// The suite tests fewModels random models, unless -rapid.checks or RAPID_CHECKS asks for another
// number. Several models share one cloud.
const (
	fewModels        = 16
	modelsOfAStage   = 8
	requestsOfAModel = 40
)

// models returns how many random models to test.
func models() int {
	f := flag.Lookup("rapid.checks")
	n, err := strconv.Atoi(f.Value.String())
	if err != nil {
		return fewModels
	}
	_, asked := os.LookupEnv("RAPID_CHECKS")
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		n = min(n, fewModels)
	}
	return n
}

// comparableFeatures returns the features whose effect on requests the suite can compare. It leaves
// out those that need further resources of the cloud (named certificates and addresses, nodes) or
// other clients than for HTTP, and deviations that change which pod answers.
func comparableFeatures(c model.Capabilities) []model.Feature {
	out := []model.Feature{
		model.FeatureStaticAddress, model.FeatureCertificateRef, model.FeatureClientValidation, model.FeatureTLSPassthrough,
		model.FeatureTCP, model.FeatureUDP, model.FeatureBackendL4, model.FeatureBackendGRPC, model.FeatureIPv6, model.FeatureDualStack,
		model.FeatureTargetNode, model.FeatureStandalone,
	}
	for _, f := range []model.Feature{model.FeatureCaseSensitivePath, model.FeatureInternal} {
		if c.Features[f].Level != model.Supported {
			out = append(out, f)
		}
	}
	return slices.DeleteFunc(modeltest.Served(c), func(f model.Feature) bool { return slices.Contains(out, f) })
}

// testAgreement compares the data plane with model.Decide over random models and requests.
func testAgreement(t *testing.T, h Harness) {
	if newStage(t, h).Dial == nil {
		t.Skip("the cloud has no data plane")
	}
	size := modelsOfAStage
	if h.Shared {
		size = 1 // hosts of several random models would conflict
	}
	for from := 0; from < models(); from += size {
		to := min(from+size, models())
		t.Run(fmt.Sprintf("models %d to %d", from+1, to), func(t *testing.T) {
			a := newAgreement(t, h, from, to)
			rapid.Check(t, a.check)
			if !a.failed && a.tested == 0 && to-from > 1 {
				t.Errorf("the provider refuses all of %d models", to-from)
			}
		})
	}
}

// agreement tests the random models with the numbers from "from" to "to" on one cloud. Rapid draws
// all models. It does nothing for those of other clouds.
type agreement struct {
	*stage
	p        provider.Provider
	e        *reconcile.Engine
	models   *rapid.Generator[model.LoadBalancer]
	from, to int
	drawn    int
	tested   int
	failed   bool // rapid is looking for a smaller model
}

func newAgreement(t *testing.T, h Harness, from, to int) *agreement {
	t.Helper()
	s := newStage(t, h)
	p := s.Process()
	o := modeltest.Options{Features: comparableFeatures(p.Capabilities()), MaxEndpoints: 3}
	return &agreement{stage: s, p: p, e: s.engineOf(p), models: modeltest.LoadBalancers(o), from: from, to: to}
}

func (a *agreement) check(t *rapid.T) {
	a.drawn++
	if n := a.drawn - 1; !a.failed && (n < a.from || n >= a.to) {
		return
	}
	defer func() { a.failed = a.failed || t.Failed() }()
	lb := a.models.Draw(t, "model")
	lb.ID = model.ID(fmt.Sprintf("default/random-%d", a.drawn))
	a.populate(&lb)
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	accepted, _, ok := reconcile.Accept(a.p, sealed)
	if !ok || len(accepted.Listeners()) == 0 {
		return
	}
	a.tested++
	requests := make([]model.Request, 0, requestsOfAModel)
	for range requestsOfAModel {
		requests = append(requests, sendable(modeltest.Requests(accepted).Draw(t, "request")))
	}
	a.serve(t, accepted, requests)
}

// populate makes the endpoints those of running pods.
func (a *agreement) populate(lb *model.LoadBalancer) {
	for i := range lb.Groups {
		eps := lb.Groups[i].Endpoints
		for j := range eps {
			state := eps[j].State
			eps[j] = a.pods.endpoint(fmt.Sprintf("random-%d-%d-%s", i, j, state), eps[j].Port, j)
			eps[j].State = state
		}
	}
}

// sendable returns a request with its query in the form in which it is sent.
func sendable(q model.Request) model.Request {
	q.RawQuery = url.Values(q.Query).Encode()
	if q.Path == "" {
		q.Path = "/"
	}
	return q
}

// serve applies a model, and compares the answers to all requests.
func (a *agreement) serve(t *rapid.T, lb model.Sealed, requests []model.Request) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a.e.Set(lb)
	r, err := a.e.Apply(ctx, lb.ID())
	if err != nil {
		t.Fatalf("apply: %v\n%s", err, unfinished(r))
	}
	if len(r.Results[0].Addresses) == 0 {
		for _, q := range requests {
			if d := model.Decide(lb, q); d.Action != model.ActionFixed {
				t.Fatalf("the load balancer has no address, and is to %s requests", d.Action)
			}
		}
		return // a cloud may need no listener to answer 404
	}
	if objection := a.compare(ctx, a.oracle(lb), r.Results[0].Addresses[0], requests); objection != "" {
		t.Fatal(objection)
	}
}

// answered are the sentences about the answers of the data plane.
func answered() []sentence {
	return []sentence{
		{"the data plane answers each request as model.Decide does", testAgreement},
	}
}
