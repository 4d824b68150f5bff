package program

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
	"github.com/headgate-io/headgate/reconcile/controller"
)

// Cloud describes the provider of a program. Name and Open are required.
type Cloud struct {
	// Name is the name of the provider, such as "aws". It is also the name of its section in the
	// config file.
	Name string
	// Fields declares the section of the config file that has the provider's name. It is nil for
	// aws, gcp and azure, whose sections package config knows.
	Fields []config.Field
	// Open returns the provider for a config file. By then the fields of the section are set. A
	// provider that calls an API over HTTP uses the client, which counts, traces and fences calls.
	Open func(ctx context.Context, c config.Config, client *http.Client) (provider.Provider, error)
	// API returns the operation of a request, a label of metrics. If it is nil, that is "other".
	API func(*http.Request) string
	// Permission returns the permission that was missing when the cloud denied a call, or "". It
	// may be nil.
	Permission func(error) string
	// Credentials is a paragraph of the help text on the source of credentials.
	Credentials string
}

// Main runs the command of a cloud until it is interrupted, and ends the process.
func Main(c Cloud) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := Command(c).ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// Command returns the command of a cloud.
func Command(c Cloud) *cobra.Command {
	f := new(flags)
	cmd := &cobra.Command{
		Use:           "controller-" + c.Name + " --config FILE",
		Short:         "Serve the Ingresses of a cluster by load balancers of " + c.Name,
		Long:          c.long(),
		Example:       "  controller-" + c.Name + " --config headgate.yaml --kubeconfig ~/.kube/config --leader-elect=false --dry-run",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), c, f) },
	}
	f.add(cmd.Flags(), c.Name)
	return cmd
}

// long returns the long help text. The headgate command knows only the sections of package config.
func (c Cloud) long() string {
	text := "Serve the Ingresses of a cluster by load balancers of " + c.Name + ".\n\n" +
		"The config file names the cluster and the place of its load balancers in the cloud."
	if c.Fields == nil {
		text += " The headgate command reads the same file."
	}
	return text + "\n" + c.Credentials
}

var errNoConfig = errors.New("--config is missing: the YAML file that names the cluster and the account")

// run validates all input before it calls the API server or the cloud.
func run(ctx context.Context, c Cloud, f *flags) error {
	if f.config == "" {
		return errNoConfig
	}
	if err := errors.Join(f.webhook.check(), f.checkLease()); err != nil {
		return err
	}
	var sections []config.Section
	if c.Fields != nil {
		sections = append(sections, config.Section{Name: c.Name, Fields: c.Fields})
	}
	cfg, err := config.Read(f.config, os.Getenv, sections...)
	if err != nil {
		return err //nolint:wrapcheck // the error names the file and the field
	}
	if err := cfg.Require(c.Name); err != nil {
		return err //nolint:wrapcheck // likewise
	}
	if err := f.log(os.Stderr); err != nil {
		return err
	}
	kubeconfig, err := f.rest()
	if err != nil {
		return err
	}
	traces, err := f.traces(ctx, c.Name, cfg.ClusterID)
	if err != nil {
		return err
	}
	defer traces.end()
	return serve(ctx, c, f, cfg, kubeconfig, traces)
}

// api returns API, or a function that names every operation "other".
func (c Cloud) api() func(*http.Request) string {
	if c.API != nil {
		return c.API
	}
	return func(*http.Request) string { return other }
}

func serve(ctx context.Context, c Cloud, f *flags, cfg config.Config, kubeconfig *rest.Config, traces traces) error {
	registry := prometheus.WrapRegistererWith(prometheus.Labels{"cluster_id": cfg.ClusterID}, metrics.Registry)
	counts, err := controller.NewMetrics(registry, c.Name)
	if err != nil {
		return err //nolint:wrapcheck // the error has context
	}
	mgr, fence, err := controller.NewManager(kubeconfig, f.manager(c.Name))
	if err != nil {
		return err //nolint:wrapcheck // the error has context
	}
	client := &http.Client{Transport: controller.Transport(controller.TransportOptions{Name: c.api(), Metrics: counts, Tracer: traces.tracer, Fence: fence})}
	cloud, err := c.Open(ctx, cfg, client)
	if err != nil {
		return fmt.Errorf("config %s: %s: %w", f.config, c.Name, err)
	}
	o := controller.Options{
		Provider: cloud, ControllerName: f.controllerName, Window: f.window, Audit: f.audit, Workers: f.workers, DryRun: f.dryRun,
		Guard: reconcile.Guard{DeleteShare: f.deleteShare}, NoGates: f.noGates, Fence: fence, Metrics: counts, Tracer: traces.tracer, Permission: c.Permission,
	}
	if err := controller.Setup(mgr, o); err != nil {
		return err //nolint:wrapcheck // the error has context
	}
	if err := f.addWebhook(mgr, o); err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("controller-%s: %w", c.Name, err)
	}
	return nil
}

var errLease = errors.New("--lease-namespace is missing, and this process does not run in a pod; set it, or --leader-elect=false")

// checkLease returns an error if the namespace of the lease is not known.
func (f *flags) checkLease() error {
	if !f.leaderElect || f.leaseNamespace != "" {
		return nil
	}
	if _, err := os.Stat(controller.NamespaceFile); err != nil {
		return errLease
	}
	return nil
}

// rest returns the config of the API server client: of the file that --kubeconfig or KUBECONFIG
// names, otherwise of the pod that this process runs in.
func (f *flags) rest() (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	cfg, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	cfg.QPS, cfg.Burst = f.qps, f.burst
	cfg.UserAgent = "headgate"
	return cfg, nil
}

func (f *flags) manager(cloud string) controller.ManagerOptions {
	o := controller.ManagerOptions{
		Manager: manager.Options{
			Metrics: server.Options{BindAddress: f.metricsAddress}, HealthProbeBindAddress: f.probeAddress, PprofBindAddress: f.pprofAddress,
		},
		Namespaces: f.namespaces, LeaseNamespace: f.leaseNamespace,
		LeaseDuration: f.leaseDuration, RenewDeadline: f.renewDeadline, RetryPeriod: f.retryPeriod,
	}
	if f.leaderElect {
		o.LeaderElection = f.leaseName
		if o.LeaderElection == "" {
			o.LeaderElection = "headgate-" + cloud
		}
	}
	if f.webhook.enabled() {
		o.Manager.WebhookServer = f.webhook.server()
	}
	return o
}
