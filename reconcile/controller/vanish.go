package controller

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// keepVanished adds Services that a load balancer served and that are not there any more, where so
// many vanished at once that it looks like a cache that answers empty. One that a person deleted is
// believed to be gone.
func (c *controller) keepVanished(ctx context.Context, b *balancer, objects *kube.Objects, named []string) error {
	var missing []*corev1.Service
	there := make(map[string]*corev1.Service, len(objects.Services))
	for _, s := range objects.Services {
		there[nameOf(s)] = s
	}
	for _, n := range named {
		if s := b.services[n]; s != nil && there[n] == nil {
			missing, there[n] = append(missing, s), s
		}
	}
	b.services = there
	b.kept = 0
	if len(missing) == 0 {
		return nil
	}
	gone, all, err := c.servicesGone(ctx)
	if err != nil {
		return err
	}
	if c.o.Guard.Off || len(gone) <= 1 || float64(len(gone)) <= c.o.Guard.DeleteShare*float64(all) || c.released(ctx, releaseServices(gone)) {
		for _, s := range missing {
			delete(b.services, nameOf(s))
		}
		return nil
	}
	b.kept = len(missing)
	objects.Services = append(objects.Services, missing...)
	c.stopServices(ctx, gone, all)
	return nil
}

// servicesGone is those Services that feed groups and are not there, of how many.
func (c *controller) servicesGone(ctx context.Context) (gone []string, all int, err error) {
	names := c.ledger.services()
	for _, n := range names {
		s, err := get[corev1.Service](ctx, c.client, n)
		if err != nil {
			return nil, 0, err
		}
		if s == nil {
			gone = append(gone, n)
		}
	}
	return gone, len(names), nil
}

func releaseServices(gone []string) string {
	ids := make([]model.ID, len(gone))
	for i, n := range gone {
		ids[i] = model.ID(n)
	}
	return "services-" + releaseValue(ids)
}

func (c *controller) stopServices(ctx context.Context, gone []string, all int) {
	value := releaseServices(gone)
	if !c.orphans.news(value) {
		return
	}
	c.log.WarnContext(ctx, "guarded", "services", gone, "release", value)
	for _, k := range c.classes(ctx) {
		c.say(ctx, model.Ref{Kind: "IngressClass", Name: k.Name}, false, "Guarded", "Build",
			"%d of %d Services that serve are gone at once; what they served is left as it is. If that is right, annotate this class with %s: %q", len(gone), all, AnnotationRelease, value)
	}
}

// services is the Services that feed groups, sorted.
func (l *ledger) services() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]string, 0, len(l.feeds))
	for n := range l.feeds {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
