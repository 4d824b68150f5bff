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

// flags is the command line.
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
	s.BoolVar(&f.dryRun, "dry-run", false, "plan, publish the plans as events and in the log, and write nothing")
	s.DurationVar(&f.window, "window", 500*time.Millisecond, "least time between two writes that changes of endpoints make to one load balancer")
	s.DurationVar(&f.audit, "audit-interval", 30*time.Minute, "about how often each load balancer is read from the cloud anew, to find drift; negative is never")
	s.IntVar(&f.workers, "workers", 32, "load balancers that are worked on at once")
	s.Float64Var(&f.deleteShare, "delete-share", 0.5, "share of the load balancers that may go at once without an object that is being deleted")
	s.BoolVar(&f.noGates, "no-readiness-gates", false, "leave the readiness gates of pods alone")
	f.addElection(s, cloud)
	f.webhook.add(s)
	f.addOperation(s)
}

func (f *flags) addElection(s *pflag.FlagSet, cloud string) {
	s.BoolVar(&f.leaderElect, "leader-elect", true, "elect one of several replicas by a lease")
	s.StringVar(&f.leaseName, "lease-name", "headgate-"+cloud, "name of the lease")
	s.StringVar(&f.leaseNamespace, "lease-namespace", "", "namespace of the lease (default that of the pod)")
	s.DurationVar(&f.leaseDuration, "lease-duration", 15*time.Second, "how long others wait for a leader that is silent")
	s.DurationVar(&f.renewDeadline, "renew-deadline", 10*time.Second, "how long a leader may write after it last renewed the lease; shorter than the lease")
	s.DurationVar(&f.retryPeriod, "retry-period", 2*time.Second, "time between two tries for the lease")
}

func (f *flags) addOperation(s *pflag.FlagSet) {
	s.StringVar(&f.metricsAddress, "metrics-address", ":8080", "address of the Prometheus metrics; 0 serves none")
	s.StringVar(&f.probeAddress, "probe-address", ":8081", "address of /healthz and /readyz; 0 serves none")
	s.StringVar(&f.pprofAddress, "pprof-address", "0", "address of pprof; 0 serves none")
	s.StringVar(&f.otlpEndpoint, "otlp-endpoint", "", "URL that OpenTelemetry traces are sent to by OTLP over HTTP (default $OTEL_EXPORTER_OTLP_ENDPOINT; none sends none)")
	s.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	s.StringVar(&f.logFormat, "log-format", "json", "json or text")
	s.Float32Var(&f.qps, "kube-api-qps", 200, "calls to the API server each second")
	s.IntVar(&f.burst, "kube-api-burst", 400, "calls to the API server at once")
}

var errLog = errors.New("--log-format must be json or text")

// log sends the logs of the controller, of its framework and of the Kubernetes client to w.
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
