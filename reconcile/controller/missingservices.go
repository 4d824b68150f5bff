package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model/kube"
)

// serviceLister returns the Services that feed groups of any load balancer.
type serviceLister interface {
	services() []string
}

// knownServices is the Services of the last build of a load balancer.
type knownServices struct {
	byName   map[string]*corev1.Service
	restored int // how many of them are missing, and were restored
}

// missingServices restores Services that vanished from the cache, if so many vanished at once that
// the cache looks empty by accident.
type missingServices struct {
	reader  client.Reader
	pending serviceLister
	guard   *deletionGuard
}

// restore adds the missing ones of the named Services to objects, while the guard stops their
// removal. A single Service that is missing was deleted on purpose.
func (m *missingServices) restore(ctx context.Context, known *knownServices, objects *kube.Objects, named []string) error {
	missing := known.replace(objects.Services, named)
	if len(missing) == 0 {
		return nil
	}
	gone, all, err := m.find(ctx)
	if err != nil {
		return err
	}
	value := "services-" + releaseValue(gone)
	if len(gone) <= 1 || !m.guard.exceeds(len(gone), all) || m.guard.released(ctx, value) {
		for _, s := range missing {
			delete(known.byName, nameOf(s))
		}
		return nil
	}
	known.restored = len(missing)
	objects.Services = append(objects.Services, missing...)
	m.stop(ctx, gone, all, value)
	return nil
}

// replace replaces the known Services by those that exist now, together with the named ones that
// are missing, and returns the latter.
func (k *knownServices) replace(found []*corev1.Service, named []string) (missing []*corev1.Service) {
	now := make(map[string]*corev1.Service, len(found))
	for _, s := range found {
		now[nameOf(s)] = s
	}
	for _, n := range named {
		if s := k.byName[n]; s != nil && now[n] == nil {
			missing, now[n] = append(missing, s), s
		}
	}
	k.byName, k.restored = now, 0
	return missing
}

// find returns the Services that feed groups and do not exist, and how many feed groups at all.
func (m *missingServices) find(ctx context.Context) (gone []string, all int, err error) {
	names := m.pending.services()
	for _, n := range names {
		s, err := get[corev1.Service](ctx, m.reader, n)
		if err != nil {
			return nil, 0, err
		}
		if s == nil {
			gone = append(gone, n)
		}
	}
	return gone, len(names), nil
}

// stop reports what the guard stopped, and how to release it.
func (m *missingServices) stop(ctx context.Context, gone []string, all int, value string) {
	note := fmt.Sprintf("%d of %d Services in use disappeared at once; their endpoints keep serving. "+
		"If the Services were deleted on purpose, annotate this class with %s: %q", len(gone), all, AnnotationRelease, value)
	m.guard.report(ctx, gone, value, event{eventKey{reason: "Guarded", action: "Build"}, note})
}
