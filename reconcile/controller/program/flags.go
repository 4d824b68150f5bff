package program

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// flags is the flags of the command.
type flags struct {
	config, kubeconfig, controllerName string
	namespaces                         []string
	window, audit                      time.Duration
	workers                            int
	dryRun, noGates                    bool
	deleteShare                        float64
	leaderElect                        bool
	leaseName, leaseNamespace          string
	leaseDuration, renewDeadline       time.Duration
	retryPeriod                        time.Duration
	metricsAddress, probeAddress       string
	pprofAddress, otlpEndpoint         string
	logLevel, logFormat                string
	qps                                float32
	burst                              int
	webhook                            webhookFlags
}

func (f *flags) add(s *pflag.FlagSet, cloud string) {
	s.SortFlags = false
	s.StringVar(&f.config, "config", "", "YAML file that names the cluster and the account (required)")
	s.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig file (default $KUBECONFIG, else the service account of the pod)")
	s.StringVar(&f.controllerName, "controller", "headgate.io/"+cloud, "controller name that an IngressClass must have")
	s.StringSliceVar(&f.namespaces, "namespace", nil, "watch this namespace only; repeatable (default all)")
	s.BoolVar(&f.dryRun, "dry-run", false, "plan, publish plans as events and in the log, and write nothing")
	s.DurationVar(&f.window, "window", 500*time.Millisecond, "minimum time between two writes of endpoints to one load balancer")
	s.DurationVar(&f.audit, "audit-interval", 30*time.Minute, "about how often each load balancer is read from the cloud again, to find drift; negative disables it")
	s.IntVar(&f.workers, "workers", 32, "load balancers that are reconciled concurrently")
	s.Float64Var(&f.deleteShare, "delete-share", 0.5, "share of the load balancers that may be deleted at once if no object requests the deletion")
	s.BoolVar(&f.noGates, "no-readiness-gates", false, "do not set the readiness gates of pods")
	f.addElection(s, cloud)
	f.webhook.add(s)
	f.addOperation(s)
}

func (f *flags) addElection(s *pflag.FlagSet, cloud string) {
	s.BoolVar(&f.leaderElect, "leader-elect", true, "elect a leader among the replicas by a lease")
	s.StringVar(&f.leaseName, "lease-name", "headgate-"+cloud, "name of the lease")
	s.StringVar(&f.leaseNamespace, "lease-namespace", "", "namespace of the lease (default the namespace of the pod)")
	s.DurationVar(&f.leaseDuration, "lease-duration", 15*time.Second, "how long other replicas wait for a leader that does not renew the lease")
	s.DurationVar(&f.renewDeadline, "renew-deadline", 10*time.Second, "how long a leader may write after it last renewed the lease; must be shorter than --lease-duration")
	s.DurationVar(&f.retryPeriod, "retry-period", 2*time.Second, "time between attempts to renew or acquire the lease")
}

func (f *flags) addOperation(s *pflag.FlagSet) {
	s.StringVar(&f.metricsAddress, "metrics-address", ":8080", "address of the Prometheus metrics; 0 disables them")
	s.StringVar(&f.probeAddress, "probe-address", ":8081", "address of /healthz and /readyz; 0 disables them")
	s.StringVar(&f.pprofAddress, "pprof-address", "0", "address of pprof; 0 disables it")
	s.StringVar(&f.otlpEndpoint, "otlp-endpoint", "", "URL for OpenTelemetry traces by OTLP over HTTP (default $OTEL_EXPORTER_OTLP_ENDPOINT; without either there are no traces)")
	s.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	s.StringVar(&f.logFormat, "log-format", "json", "json or text")
	s.Float32Var(&f.qps, "kube-api-qps", 200, "maximum calls to the API server per second")
	s.IntVar(&f.burst, "kube-api-burst", 400, "maximum burst of calls to the API server")
}

var errLog = errors.New("--log-format must be json or text")

// log sets the destination of the logs of the controller, of controller-runtime and of client-go.
func (f *flags) log(w io.Writer) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return fmt.Errorf("--log-level: %w", err)
	}
	o := &slog.HandlerOptions{Level: level}
	var h slog.Handler
	switch f.logFormat {
	case "json":
		h = slog.NewJSONHandler(w, o)
	case "text":
		h = slog.NewTextHandler(w, o)
	default:
		return errLog
	}
	l := logr.FromSlogHandler(h)
	log.SetLogger(l)
	klog.SetLogger(l)
	return nil
}
