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

// Options are the options of a controller. Provider and ControllerName are required.
type Options struct {
	Provider provider.Provider
	// ControllerName is the controller that classes name, such as "headgate.io/aws".
	ControllerName string
	// Window is the minimum time between two passes over a load balancer that changes of endpoints
	// cause. The first change after a quiet time does not wait. The default is 500 ms.
	Window time.Duration
	// Audit is about how often each load balancer is read from the cloud again, to find drift. The
	// default is 30 min. A negative value disables audits.
	Audit time.Duration
	// Workers is the maximum number of concurrent passes, which mostly wait for the cloud. The
	// default is 32.
	Workers int
	// DryRun plans and writes nothing, neither to the cloud nor to objects. It publishes plans as
	// events and logs them.
	DryRun bool
	// Guard limits how many load balancers may be deleted at once if no object requests the
	// deletion. The default DeleteShare is 0.5.
	Guard reconcile.Guard
	// Grace is how long the controller waits after the last such load balancer lost its objects,
	// so that all that lose them together are counted together. The default is 10 s.
	Grace time.Duration
	// NoGates disables the readiness gates of pods.
	NoGates bool
	// Fence reports whether this process still leads. Without it there is only the manager's own
	// leader election.
	Fence *Fence
	// Metrics records metrics. If it is nil, there are none.
	Metrics *Metrics
	// Tracer starts a span for each pass and each call to the provider. If it is nil, there are
	// none.
	Tracer trace.Tracer
	// Permission returns the permission that was missing when the cloud denied a call, as the
	// cloud's policies name it, or "" if it is not known. Permission may be nil.
	Permission func(error) string
	// Clock is the clock of the controller. The default is the system clock.
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

// complete validates the options and sets defaults.
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

// The bounds of the backoff of a pass that failed because of the API server.
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

// Finalizer returns the finalizer of a controller: "headgate.io/cleanup-aws" for "headgate.io/aws".
// Each controller has its own, so that both clean up after an object that moves from one cloud to
// another.
func Finalizer(controllerName string) string {
	domain, name, _ := strings.Cut(controllerName, "/")
	return domain + "/cleanup-" + strings.ReplaceAll(name, "/", "-")
}

// The annotations that the controller reads.
const (
	// AnnotationAbandon with the value "true", on an object or on its namespace, releases the
	// object without cleanup in the cloud. It is for a cloud that no longer exists.
	AnnotationAbandon = "headgate.io/abandon"
	// AnnotationRelease on a class of the controller permits the deletions that a guard stopped.
	// Its value is the one in the event of the guard.
	AnnotationRelease = "headgate.io/release-guard"
)
