package controller

import (
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// Options of a controller. Provider and ControllerName are needed.
type Options struct {
	Provider provider.Provider
	// ControllerName is the one that a class must name, such as "headgate.io/aws".
	ControllerName string
	// Window is the least time between two passes over a load balancer that changes of endpoints
	// make; zero is 500 ms. The first after a quiet time does not wait.
	Window time.Duration
	// Audit is about how often a load balancer is read from the cloud anew, to find drift; zero is
	// 30 min, negative never.
	Audit time.Duration
	// Workers is how many load balancers are worked on at once; zero is 32. They mostly wait for
	// the cloud.
	Workers int
	// DryRun reads and plans, and writes nothing: neither to the cloud nor to objects. Plans are
	// published as events and logged.
	DryRun bool
	// Guard says how many load balancers may go at once that no object being deleted vouches for.
	Guard reconcile.Guard
	// Grace is how long after the last of them vanished such load balancers are kept, so that those
	// that vanish together are counted together; zero is 10 s.
	Grace time.Duration
	// NoGates leaves the readiness gates of pods alone.
	NoGates bool
	// Fence, if any, tells whether this process still leads. Without it the manager's own leader
	// election is all there is.
	Fence *Fence
	// Metrics are counted where given.
	Metrics *Metrics
	// Tracer makes a span for each pass and each call to the provider; nil makes none.
	Tracer trace.Tracer
	// Permission names the permission that was missing when the cloud denied something, as it
	// stands in the cloud's policies; empty when it cannot tell. Nil names none.
	Permission func(error) string
	// Clock is the machine's where nil.
	Clock clock.Clock
}

var (
	errNoProvider = errors.New("set up controller: Provider is missing")
	errNoName     = errors.New("set up controller: ControllerName must be a domain and a name, such as headgate.io/aws")
)

const (
	defaultWindow  = 500 * time.Millisecond
	defaultAudit   = 30 * time.Minute
	defaultWorkers = 32
	defaultGrace   = 10 * time.Second
	defaultShare   = 0.5
)

// complete checks the options and fills in defaults.
func (o Options) complete() (Options, error) {
	if o.Provider == nil {
		return o, errNoProvider
	}
	if domain, name, ok := strings.Cut(o.ControllerName, "/"); !ok || domain == "" || name == "" {
		return o, errNoName
	}
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	o.Window = orElse(o.Window, defaultWindow)
	o.Audit = orElse(o.Audit, defaultAudit)
	o.Grace = orElse(o.Grace, defaultGrace)
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	if o.Guard.DeleteShare == 0 {
		o.Guard.DeleteShare = defaultShare
	}
	return o, nil
}

// The bounds of how long a pass that failed for reasons of the API server waits.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = time.Minute
)

func orElse(d, other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return d
}

// Finalizer is the finalizer that the controller of a name puts on objects:
// "headgate.io/cleanup-aws" for "headgate.io/aws". Each controller has one of its own, so that an
// object that moves from one cloud to another is cleaned up by both.
func Finalizer(controllerName string) string {
	domain, name, _ := strings.Cut(controllerName, "/")
	return domain + "/cleanup-" + strings.ReplaceAll(name, "/", "-")
}

// The annotations that the controller reads.
const (
	// AnnotationAbandon, "true" on an object or on its namespace, lets the object go without
	// cleaning up in the cloud, for when the cloud is gone for good.
	AnnotationAbandon = "headgate.io/abandon"
	// AnnotationRelease on an IngressClass of the controller lets pass what a guard stopped. Its
	// value is the one that the guard showed.
	AnnotationRelease = "headgate.io/release-guard"
)
