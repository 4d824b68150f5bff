package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/reconcile"
)

// tour is the presentation of one cloud, from the first plan to the second one.
type tour struct {
	cloud cloud
	out   bytes.Buffer
	done  chan struct{}
	err   error

	clock   clock.Clock
	stage   *stage
	objects *objects
	fleet   *fleet
	engine  *reconcile.Engine

	writes, calls int // of the first apply
	sent, failed  int
	firstFailure  error
	settled       bool
}

// pace is the factor by which time runs faster. A health check every ten seconds comes every
// second, and one with a timeout of eight seconds must be answered within 0.8 seconds. At a higher
// pace, a busy machine would look like a pod that is down.
const pace = 10

// show runs the tour.
func (t *tour) show(ctx context.Context, o *objects) error {
	t.objects, t.fleet = o, newFleet()
	defer t.fleet.close()
	t.clock = clock.Scaled(pace)
	stage, err := t.cloud.open(ctx, t.clock, t.fleet.Dial)
	if err != nil {
		return err
	}
	defer stage.close()
	t.stage = stage
	o.moveTo(stage.zones)
	if err := t.fleet.startAll(o.EndpointSlices); err != nil {
		return err
	}
	t.engine = reconcile.New(stage.provider, reconcile.Options{Clock: t.clock})
	return t.steps(ctx)
}

func (t *tour) steps(ctx context.Context) error {
	t.printf("\n━━ %s ━━\n", t.cloud.title)
	for _, n := range t.objects.notes {
		t.printf("(%s)\n", n)
	}
	balancers, err := t.set()
	if err != nil {
		return err
	}
	if err := t.plan(ctx); err != nil {
		return err
	}
	found, err := t.apply(ctx)
	if err != nil {
		return err
	}
	lbs := match(balancers, found)
	if err := t.awaitHealthy(ctx, lbs); err != nil {
		return err
	}
	t.ask(ctx, lbs)
	if err := t.roll(ctx, lbs); err != nil {
		return err
	}
	return t.planAgain(ctx)
}

// set converts the current objects into models and sets them in the engine.
func (t *tour) set() ([]model.Sealed, error) {
	result := kube.Build(t.objects.Objects, kube.Options{Controller: "headgate.io/" + t.cloud.name})
	var all []model.Sealed
	for _, lb := range result.LoadBalancers {
		sealed, _, err := model.SealValid(lb)
		if err != nil {
			return nil, err
		}
		accepted, _, ok := reconcile.Accept(t.stage.provider, sealed)
		if !ok {
			continue
		}
		t.engine.Set(sealed)
		all = append(all, accepted)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("nothing of the manifests can be served: %v", result.Problems)
	}
	return all, nil
}

func (t *tour) plan(ctx context.Context) error {
	r, err := t.engine.Plan(ctx)
	if err != nil {
		return err
	}
	return r.WriteText(&t.out, reconcile.TextOptions{Provider: t.cloud.name, Short: true})
}

func (t *tour) apply(ctx context.Context) (reconcile.Report, error) {
	t.stage.reset()
	began := time.Now()
	r, err := t.engine.Apply(ctx)
	if err != nil {
		return r, err
	}
	t.calls, t.writes = t.stage.calls()
	t.printf("\nApplied in %.1fs with %d calls, %d of them writes.\n", time.Since(began).Seconds(), t.calls, t.writes)
	for _, res := range r.Results {
		t.printf("  %s is served at %s\n", res.ID, strings.Join(res.Addresses, ", "))
	}
	return r, nil
}

// planAgain plans with a new engine, as a new process would. The plan should be empty.
func (t *tour) planAgain(ctx context.Context) error {
	t.engine = reconcile.New(t.stage.provider, reconcile.Options{})
	if _, err := t.set(); err != nil {
		return err
	}
	r, err := t.engine.Plan(ctx)
	if err != nil {
		return err
	}
	t.settled = r.Empty()
	if t.settled {
		t.printf("\nSecond plan, of a new process: no changes.\n")
		return nil
	}
	t.printf("\nSecond plan, of a new process:\n")
	return r.WriteText(&t.out, reconcile.TextOptions{Provider: t.cloud.name})
}

func (t *tour) printf(format string, args ...any) { fmt.Fprintf(&t.out, format, args...) }

// served is a load balancer and its address.
type served struct {
	model.Sealed
	address string
}

func match(balancers []model.Sealed, r reconcile.Report) []served {
	var out []served
	for _, s := range balancers {
		for _, res := range r.Results {
			if res.ID == s.ID() && len(res.Addresses) > 0 {
				out = append(out, served{s, res.Addresses[0]})
			}
		}
	}
	return out
}

// table returns the summary of all tours.
func table(tours []*tour) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	// writes to memory cannot fail
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("\ncloud\tcalls made\tof them writes\trequests sent\trequests failed\tsecond plan")
	for _, t := range tours {
		second := "not empty"
		switch {
		case t.err != nil:
			second = "not reached"
		case t.settled:
			second = "empty"
		}
		line("%s\t%d\t%d\t%d\t%d\t%s", t.cloud.name, t.calls, t.writes, t.sent, t.failed, second)
	}
	_ = w.Flush()
	return b.Bytes()
}
