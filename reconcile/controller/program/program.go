package program

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

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

// Cloud is what a program must know of its cloud.
type Cloud struct {
	// Name is the provider's: "aws".
	Name string
	// Fields declares the section of the config file that has the provider's name. It is nil for
	// aws, gcp and azure, whose sections package config knows.
	Fields []config.Field
	// Open makes the provider of a config file. Its calls go through the client, which counts them.
	Open func(ctx context.Context, c config.Config, client *http.Client) (provider.Provider, error)
	// API names the operation of a request, and Permission what was missing when one was denied.
	API        func(*http.Request) string
	Permission func(error) string
	// Credentials says in the help text where credentials come from.
	Credentials string
}

// Main runs the command of a cloud and ends the process.
func Main(c Cloud) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := Command(c).ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// Command is the command of a cloud.
func Command(c Cloud) *cobra.Command {
	f := new(flags)
	cmd := &cobra.Command{
		Use:   "controller-" + c.Name + " --config FILE",
		Short: "Serve the Ingresses of a cluster by load balancers of " + c.Name,
		Long: "Serve the Ingresses of a cluster by load balancers of " + c.Name + ".\n\n" +
			"The config file says which cluster this is and where in the cloud its load balancers go; it is the one of the headgate command.\n" +
			c.Credentials,
		Example:       "  controller-" + c.Name + " --config headgate.yaml --kubeconfig ~/.kube/config --leader-elect=false --dry-run",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), c, f) },
	}
	f.add(cmd.Flags(), c.Name)
	return cmd
}

var errNoConfig = errors.New("--config is missing: the YAML file that names the cluster and the account")

// run checks everything that can be checked before it asks the API server or the cloud anything.
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
		return err //nolint:wrapcheck // it names the file and the field
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

func serve(ctx context.Context, c Cloud, f *flags, cfg config.Config, kubeconfig *rest.Config, traces traces) error {
	counts, err := controller.NewMetrics(metrics.Registry, c.Name)
	if err != nil {
		return err //nolint:wrapcheck // it says what
	}
	mgr, fence, err := controller.NewManager(kubeconfig, f.manager(c.Name))
	if err != nil {
		return err //nolint:wrapcheck // it says what
	}
	client := &http.Client{Transport: controller.Transport(controller.TransportOptions{Name: c.API, Metrics: counts, Tracer: traces.tracer, Fence: fence})}
	cloud, err := c.Open(ctx, cfg, client)
	if err != nil {
		return fmt.Errorf("config %s: %s: %w", f.config, c.Name, err)
	}
	o := controller.Options{
		Provider: cloud, ControllerName: f.controllerName, Window: f.window, Audit: f.audit, Workers: f.workers, DryRun: f.dryRun,
		Guard: reconcile.Guard{DeleteShare: f.deleteShare}, NoGates: f.noGates, Fence: fence, Metrics: counts, Tracer: traces.tracer, Permission: c.Permission,
	}
	if err := controller.Setup(mgr, o); err != nil {
		return err //nolint:wrapcheck // it says what
	}
	if err := f.addWebhook(mgr, o); err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("controller-%s: %w", c.Name, err)
	}
	return nil
}

var errLease = errors.New("--lease-namespace is missing, and this process runs in no pod; or set --leader-elect=false")

// checkLease tells early that nobody says where the lease is.
func (f *flags) checkLease() error {
	if !f.leaderElect || f.leaseNamespace != "" {
		return nil
	}
	if _, err := os.Stat(controller.NamespaceFile); err != nil {
		return errLease
	}
	return nil
}

// rest is the config of the API server: of the file that the flag or KUBECONFIG names, else of the
// pod that this runs in.
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
