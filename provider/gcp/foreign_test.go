package gcp_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/gcp"
	"github.com/headgate-io/headgate/provider/gcp/gcptest"
)

// TestForeignResourceOfAWantedNameIsNamed checks that a resource of another owner under a wanted
// name is reported with what to do, is not changed, and causes few calls and no repeated writes.
func TestForeignResourceOfAWantedNameIsNamed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{gcp.KindAddress, gcp.KindBackendService, gcp.KindForwardingRule, gcp.KindHealthCheck, gcp.KindNetworkEndpoints,
		gcp.KindSSLCertificate, gcp.KindTargetHTTPProxy, gcp.KindTargetHTTPSProxy, gcp.KindURLMap} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, gcptest.Options{Dial: refuse})
			api, lb := sdk(t, c), secured(t, model.InternetFacing)
			foreign(t, api, c.process(t))
			squat(t, api, wanted(t, c.process(t), lb, kind))
			before := c.Snapshot()
			e := c.engine(t)
			apply(t, c.engine(t), other(t))
			e.Set(lb)
			var text string
			passes := func(n int) {
				for range n {
					report, err := e.Sync(t.Context(), lb.ID())
					if err != nil {
						t.Fatal(err)
					}
					text = fmt.Sprint(report.Err())
				}
			}
			passes(10) // make everything else
			if !strings.Contains(text, "does not belong to this cluster (its description names no owner): delete it if nothing uses it") || !strings.Contains(text, "hg-") {
				t.Errorf("error %s", text)
			}
			c.Wire().Reset()
			passes(50)
			done := map[string]int{}
			for _, call := range c.Wire().Writes() {
				if call.Status == http.StatusOK {
					done[call.API]++
				}
			}
			if len(done) > 0 || len(c.Wire().Writes()) > 100 {
				t.Errorf("50 passes make %d writes, of which the API carries out %v", len(c.Wire().Writes()), done)
			}
			after := c.Snapshot()
			for name, text := range before {
				if after[name] != text {
					t.Errorf("%s was changed to %s", name, after[name])
				}
			}
		})
	}
}

// other returns a load balancer with another ID.
func other(t *testing.T) model.Sealed {
	t.Helper()
	lb := *simple(t).LoadBalancer()
	lb.ID = "default/other"
	sealed, err := model.Seal(lb)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// wanted returns a wanted resource of a kind.
func wanted(t *testing.T, p *gcp.Provider, lb model.Sealed, kind string) provider.Resource {
	t.Helper()
	all, err := p.Translate(lb)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range lb.Groups() {
		members, err := p.Members(lb, g.ID, g.Endpoints)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, members...)
	}
	at := slices.IndexFunc(all, func(r provider.Resource) bool { return r.Key.Kind == kind })
	return all[at]
}
