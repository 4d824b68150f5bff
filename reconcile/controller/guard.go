package controller

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/headgate-io/headgate/reconcile"
)

// classLister finds the classes that name this controller.
type classLister interface {
	classes(ctx context.Context) ([]classObject, error)
}

// deletionGuard stops deletions that look like an accident, such as a cache that is empty, until a
// person releases them by an annotation on a class.
type deletionGuard struct {
	limit   reconcile.Guard
	owners  classLister
	events  reporter
	log     *slog.Logger
	subject string // what is counted, for the log

	mu       sync.Mutex
	reported string // the release value of the last report
}

// guardRecheck is how often stopped deletions are looked at again.
const guardRecheck = time.Minute

// exceeds reports whether n of all is more than the guard allows at once.
func (g *deletionGuard) exceeds(n, all int) bool {
	return !g.limit.Off && float64(n) > g.limit.DeleteShare*float64(all)
}

// released reports whether a person released the deletions that a value names.
func (g *deletionGuard) released(ctx context.Context, value string) bool {
	return slices.ContainsFunc(g.classes(ctx), func(c classObject) bool { return c.annotations[AnnotationRelease] == value })
}

// report publishes on each class which deletions are stopped. The same ones are reported once.
func (g *deletionGuard) report(ctx context.Context, names []string, value string, e event) {
	g.mu.Lock()
	known := g.reported == value
	g.reported = value
	g.mu.Unlock()
	if known {
		return
	}
	g.log.WarnContext(ctx, "guarded", g.subject, names, "release", value)
	for _, c := range g.classes(ctx) {
		e.object = c.ref
		g.events.report(ctx, e)
	}
}

// classes returns none if they cannot be read: then nothing is released.
func (g *deletionGuard) classes(ctx context.Context) []classObject {
	all, err := g.owners.classes(ctx)
	if err != nil {
		g.log.ErrorContext(ctx, "cannot read the classes of this controller", "error", err)
		return nil
	}
	return all
}

// releaseValue identifies a set of deletions: releasing one set does not release the next.
func releaseValue[T ~string](names []T) string {
	h := fnv.New32a()
	for _, n := range names {
		_, _ = h.Write([]byte(string(n) + "\n")) // a hash returns no error (package hash)
	}
	return fmt.Sprintf("delete-%d-%08x", len(names), h.Sum32())
}
