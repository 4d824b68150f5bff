package main

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/headgate-io/headgate/clock"
)

// roll replaces the pods of one Service one by one, while a client sends requests.
func (t *tour) roll(ctx context.Context, lbs []served) error {
	lb, p, slice := t.choose(lbs)
	if slice == nil {
		t.printf("\nNo Service has pods to replace.\n")
		return nil
	}
	group := p.want.Groups[0].Group
	t.printf("\nReplacing the pods of %s, one by one, while a client sends GET %s:\n", group, p.url)
	crowd := t.sendSteadily(ctx, lb, p)
	err := t.replaceAll(ctx, slice)
	if err == nil {
		err = crowd.await(ctx, slice)
	}
	seen := crowd.stop(t)
	t.printf("  %d requests, %d failed; answered by %s\n", crowd.sent, crowd.failed, tally(seen))
	return err
}

// choose returns the first route that forwards to a group with pods.
func (t *tour) choose(lbs []served) (served, probe, *discoveryv1.EndpointSlice) {
	for _, lb := range lbs {
		for _, p := range probes(lb.Sealed) {
			if len(p.want.Groups) != 1 {
				continue
			}
			g, ok := lb.Group(p.want.Groups[0].Group)
			if !ok || len(g.Endpoints) == 0 {
				continue
			}
			if s := t.sliceOf(g.Endpoints[0].Address); s != nil {
				return lb, p, s
			}
		}
	}
	return served{}, probe{}, nil
}

func (t *tour) sliceOf(a netip.Addr) *discoveryv1.EndpointSlice {
	for _, s := range t.objects.EndpointSlices {
		if slices.ContainsFunc(s.Endpoints, func(e discoveryv1.Endpoint) bool { return len(e.Addresses) > 0 && e.Addresses[0] == a.String() }) {
			return s
		}
	}
	return nil
}

// replaceAll changes the EndpointSlice as the rolling update of a Deployment does.
func (t *tour) replaceAll(ctx context.Context, s *discoveryv1.EndpointSlice) error {
	for _, old := range slices.Clone(s.Endpoints) {
		fresh, err := t.replace(ctx, s, old)
		if err != nil {
			return err
		}
		t.printf("  %s at %s was replaced by %s at %s\n", podName(s, &old), old.Addresses[0], podName(s, &fresh), fresh.Addresses[0])
	}
	return nil
}

func (t *tour) replace(ctx context.Context, s *discoveryv1.EndpointSlice, old discoveryv1.Endpoint) (discoveryv1.Endpoint, error) {
	fresh := t.successor(s, old)
	if err := t.fleet.start(s, &fresh); err != nil {
		return fresh, err
	}
	s.Endpoints = append(s.Endpoints, fresh) // the new pod is ready
	if err := t.follow(ctx); err != nil {
		return fresh, err
	}
	i := slices.IndexFunc(s.Endpoints, func(e discoveryv1.Endpoint) bool { return e.Addresses[0] == old.Addresses[0] })
	s.Endpoints[i].Conditions = discoveryv1.EndpointConditions{Ready: new(false), Serving: new(true), Terminating: new(true)}
	if err := t.follow(ctx); err != nil {
		return fresh, err
	}
	// The load balancer no longer sends requests to the old pod. Like a pod with a preStop hook, it
	// still serves those that are on their way.
	if err := clock.Wait(ctx, t.clock, preStop); err != nil {
		return fresh, err
	}
	if err := t.fleet.stop(ctx, s, &old); err != nil {
		return fresh, fmt.Errorf("stop pod %s: %w", podName(s, &old), err)
	}
	s.Endpoints = slices.Delete(s.Endpoints, i, i+1)
	return fresh, t.follow(ctx)
}

// preStop is how long a pod accepts connections after its removal, on the clock of the embedded
// cloud.
const preStop = 5 * time.Second

// successor returns a new pod in the same zone, at the next free address.
func (t *tour) successor(s *discoveryv1.EndpointSlice, old discoveryv1.Endpoint) discoveryv1.Endpoint {
	fresh := *old.DeepCopy()
	fresh.Conditions = discoveryv1.EndpointConditions{Ready: new(true), Serving: new(true), Terminating: new(false)}
	for a, err := netip.ParseAddr(old.Addresses[0]); err == nil && a.IsValid(); a = a.Next() {
		if t.sliceOf(a) == nil {
			fresh.Addresses = []string{a.String()}
			break
		}
	}
	if old.TargetRef != nil {
		fresh.TargetRef = &corev1.ObjectReference{Kind: "Pod", Namespace: s.Namespace, Name: old.TargetRef.Name + "-new"}
	}
	return fresh
}

// follow applies the current objects.
func (t *tour) follow(ctx context.Context) error {
	if _, err := t.set(); err != nil {
		return err
	}
	_, err := t.engine.Apply(ctx)
	return err
}

// crowd is a client that sends requests one after the other.
type crowd struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	probe  probe

	mu           sync.Mutex
	sent, failed int
	first        error
	seen         map[string]int
}

// between is the pause between two requests, which leaves most of the machine to the pods.
const between = 4 * time.Millisecond

func (t *tour) sendSteadily(ctx context.Context, lb served, p probe) *crowd {
	ctx, cancel := context.WithCancel(ctx)
	c := &crowd{cancel: cancel, probe: p, seen: map[string]int{}}
	client := t.client(lb)
	c.wg.Go(func() {
		defer client.CloseIdleConnections()
		tick := time.NewTicker(between)
		defer tick.Stop()
		for ctx.Err() == nil {
			// The last request completes when the crowd stops.
			got, err := get(context.WithoutCancel(ctx), client, p.url)
			c.note(got, err)
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
	return c
}

func (c *crowd) note(got answer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent++
	if err == nil && got.status != 200 {
		err = fmt.Errorf("answered %d, want 200", got.status)
	}
	if err != nil {
		c.failed++
		if c.first == nil {
			c.first = fmt.Errorf("GET %s: %w", c.probe.url, err)
		}
		return
	}
	c.seen[got.pod]++
}

// enough is the number of answers that show that a pod serves.
const enough = 10

// await waits until each pod of the slice has answered often enough.
func (c *crowd) await(ctx context.Context, s *discoveryv1.EndpointSlice) error {
	ctx, cancel := context.WithTimeout(ctx, maxHealthWait)
	defer cancel()
	tick := time.NewTicker(between)
	defer tick.Stop()
	for i := 0; i < len(s.Endpoints); {
		if name := podName(s, &s.Endpoints[i]); c.answered(name) {
			i++
			continue
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("pod %s has not answered %d requests", podName(s, &s.Endpoints[i]), enough)
		case <-tick.C:
		}
	}
	return nil
}

func (c *crowd) answered(pod string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[pod] >= enough
}

// stop waits for the last answer and adds the numbers to those of the tour.
func (c *crowd) stop(t *tour) map[string]int {
	c.cancel()
	c.wg.Wait()
	t.sent += c.sent
	t.failed += c.failed
	if t.firstFailure == nil {
		t.firstFailure = c.first
	}
	return c.seen
}

func tally(seen map[string]int) string {
	parts := make([]string, 0, len(seen))
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		parts = append(parts, fmt.Sprintf("%s %d×", name, seen[name]))
	}
	return strings.Join(parts, ", ")
}
