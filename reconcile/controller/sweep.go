package controller

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrl "sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// sweeping stands in the queue for the collection of what nobody asks for; no load balancer has
// this ID.
const sweeping model.ID = ""

// orphans is the load balancers that exist and that no object asks for, and since when.
type orphans struct {
	mu    sync.Mutex
	since map[model.ID]time.Time
	told  string // the value that was shown last, so that it is told once
}

func newOrphans() *orphans { return &orphans{since: map[model.ID]time.Time{}} }

func (o *orphans) add(id model.ID, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.since[id]; !ok {
		o.since[id] = now
	}
}

func (o *orphans) remove(id model.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.since, id)
}

// list is the orphans, sorted, and when the last of them was found.
func (o *orphans) list() ([]model.ID, time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var last time.Time
	for _, t := range o.since {
		if t.After(last) {
			last = t
		}
	}
	return slices.Sorted(maps.Keys(o.since)), last
}

// news tells whether a value differs from the one that was told last.
func (o *orphans) news(value string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told == value {
		return false
	}
	o.told = value
	return true
}

// sweep condemns what nobody asks for, unless that is suspiciously much. It deletes nothing itself:
// each load balancer goes by its own place in the queue.
func (c *controller) sweep(ctx context.Context) (ctrl.Result, error) {
	ids, last := c.orphans.list()
	if wait := last.Add(c.o.Grace).Sub(c.o.Clock.Now()); len(ids) > 0 && wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	ids, vanished, err := c.stillOrphans(ctx, ids)
	if err != nil {
		return ctrl.Result{}, err
	}
	c.o.Metrics.orphans(len(ids))
	c.o.Metrics.guarded(0)
	if len(ids) == 0 {
		return ctrl.Result{}, nil
	}
	value := releaseValue(ids)
	if c.guarded(ids, vanished) && !c.released(ctx, value) {
		c.stop(ctx, ids, value)
		return ctrl.Result{RequeueAfter: guardedAgain}, nil
	}
	for _, id := range ids {
		c.condemn(id)
	}
	return ctrl.Result{}, nil
}

// stillOrphans drops those that an object asks for by now. vanished tells whether any is left that
// no object at all speaks of.
func (c *controller) stillOrphans(ctx context.Context, ids []model.ID) (left []model.ID, vanished bool, err error) {
	for _, id := range ids {
		ask, leave, err := c.claims(ctx, id)
		if err != nil {
			return nil, false, err
		}
		if len(ask) > 0 || vouched(leave) {
			c.orphans.remove(id)
			c.queueStructure(id)
			continue
		}
		left, vanished = append(left, id), vanished || len(leave) == 0
	}
	return left, vanished, nil
}

// guarded tells whether so many of all load balancers would go that it looks like an accident, such
// as a cache that answers empty. One whose object names another controller now may always go.
func (c *controller) guarded(ids []model.ID, vanished bool) bool {
	if c.o.Guard.Off || len(ids) == 1 && !vanished {
		return false
	}
	existing := max(c.existing(ids), len(ids))
	return float64(len(ids)) > c.o.Guard.DeleteShare*float64(existing)
}

// existing is how many load balancers there are, orphans included.
func (c *controller) existing(orphans []model.ID) int {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	all := map[model.ID]bool{}
	for id, b := range c.ledger.balancers {
		if b.told {
			all[id] = true
		}
	}
	for _, id := range orphans {
		all[id] = true
	}
	return len(all)
}

// releaseValue names exactly what would go, so that a release of one accident is none of the next.
func releaseValue(ids []model.ID) string {
	h := fnv.New32a()
	for _, id := range ids {
		_, _ = h.Write([]byte(string(id) + "\n")) // never fails, as package hash says
	}
	return fmt.Sprintf("delete-%d-%08x", len(ids), h.Sum32())
}

// classes is the IngressClasses of this controller.
func (c *controller) classes(ctx context.Context) []networkingv1.IngressClass {
	var l networkingv1.IngressClassList
	if err := c.client.List(ctx, &l, client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.Items), func(k networkingv1.IngressClass) bool { return k.Spec.Controller != c.o.ControllerName })
}

func (c *controller) released(ctx context.Context, value string) bool {
	return slices.ContainsFunc(c.classes(ctx), func(k networkingv1.IngressClass) bool { return k.Annotations[AnnotationRelease] == value })
}

// stop says what a guard keeps from being deleted, and how to release it.
func (c *controller) stop(ctx context.Context, ids []model.ID, value string) {
	c.o.Metrics.guarded(len(ids))
	if !c.orphans.news(value) {
		return
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	text := fmt.Sprintf("%d load balancers that no object asks for would be deleted at once, more than the guard allows; to let them go, annotate this class with %s: %q. They are: %s",
		len(ids), AnnotationRelease, value, strings.Join(names, ", "))
	c.log.WarnContext(ctx, "guarded", "loadBalancers", names, "release", value)
	for _, k := range c.classes(ctx) {
		c.say(ctx, model.Ref{Kind: "IngressClass", Name: k.Name}, false, "Guarded", "Collect", "%s", text)
	}
}

// condemn has a load balancer go at its next turn, unless an object asks for it by then.
func (c *controller) condemn(id model.ID) {
	now := c.o.Clock.Now()
	c.ledger.mu.Lock()
	b := c.ledger.get(id)
	b.condemned, b.structure = true, true
	b.begin(now, time.Time{})
	c.ledger.mu.Unlock()
	c.queue.now(id)
}

// discover finds what this cluster owns in the cloud, so that what no object asks for is collected.
// Passes wait for its first try, so that all load balancers cost one observation, not one each.
func (c *controller) discover(ctx context.Context) error {
	found, err := c.firstLook(ctx)
	close(c.ready)
	for failures := 0; err != nil; failures++ {
		c.log.WarnContext(ctx, "what the cluster owns in the cloud is not known yet, and nothing is collected", "error", c.explain(err))
		select {
		case <-ctx.Done():
			return nil
		case <-c.o.Clock.After(treat(provider.CodeOf(err)).wait(failures)):
		}
		found, err = c.owned(ctx)
	}
	return c.collect(ctx, found)
}

// firstDiscovery bounds how long passes wait for the first look at the cloud.
const firstDiscovery = 30 * time.Second

func (c *controller) firstLook(ctx context.Context) ([]model.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, firstDiscovery)
	defer cancel()
	return c.engine.Discover(ctx) //nolint:wrapcheck // the log says what it is about
}

// owned reads what the cluster owns past the engine, whose passes are under way by now.
func (c *controller) owned(ctx context.Context) ([]model.ID, error) {
	rs, err := c.o.Provider.Observe(ctx, provider.Scope{})
	if err != nil {
		return nil, err //nolint:wrapcheck // the log says what it is about
	}
	ids := map[model.ID]bool{}
	for i := range rs {
		if id := rs[i].Owner.LoadBalancer; id != "" && !rs[i].External {
			ids[id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids)), nil
}

// collect puts before the guard what no object speaks of.
func (c *controller) collect(ctx context.Context, found []model.ID) error {
	for _, id := range found {
		ask, leave, err := c.claims(ctx, id)
		if err != nil {
			return err
		}
		if len(ask)+len(leave) == 0 {
			c.orphans.add(id, c.o.Clock.Now())
		}
	}
	if ids, _ := c.orphans.list(); len(ids) > 0 {
		c.queue.after(sweeping, c.o.Grace)
	}
	return nil
}
