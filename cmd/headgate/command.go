package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/clock"
)

// program is the environment of a run of the command line, which tests replace.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	clouds         []cloud
	terminal       bool // whether standard output is a terminal
	progress       bool // whether to write progress to standard error
	color          bool
	clock          clock.Clock // nil means the system's clock
}

// The exit statuses other than 0 and 1.
const (
	statusFailed  = 1
	statusChanges = 2 // plan --detailed-exitcode: the plan is not empty
	statusRefused = 3 // done, except for objects that were refused
)

// status is an error that only sets the exit status. Its text is never printed.
type status int

// Error returns the number of the status.
func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// run runs a command line and returns the exit status. A failure is one line on standard error.
func run(ctx context.Context, args []string, p program) int {
	root := p.root()
	root.SetArgs(args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	err := root.ExecuteContext(ctx)
	if s, ok := errors.AsType[status](err); ok {
		return int(s)
	}
	if err != nil {
		p.logf("%s", err)
		return statusFailed
	}
	return 0
}

// logf writes one line to standard error.
func (p program) logf(format string, args ...any) {
	// there is nowhere else to report an error
	_, _ = fmt.Fprintf(p.stderr, "headgate: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// oneLine joins lines and replaces control characters, because messages contain text that tenants
// wrote.
func oneLine(s string) string {
	var lines []string
	for line := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); strings.Trim(line, "-=") != "" { // SDKs write rules
			lines = append(lines, line)
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(lines, "; "))
}

const rootLong = `Manage cloud load balancers for the Ingresses of Kubernetes.

Objects are read from manifests (-f) or from a live cluster (--kubeconfig). plan shows the changes
that apply makes. emulate serves an embedded cloud to try them on, without an account.

Exit status:
  0  success
  1  failure, with one line on standard error
  2  plan --detailed-exitcode found changes
  3  some objects were refused, with a line on standard error for each; everything else was done`

func (p program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "headgate",
		Short:         "Manage cloud load balancers for the Ingresses of Kubernetes",
		Long:          rootLong,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.DisableSuggestions = true
	root.AddCommand(p.planCommand(), p.applyCommand(), p.deleteCommand(), p.gcCommand(), p.checkCommand(), p.traceCommand(), p.emulateCommand(), p.versionCommand())
	return root
}

// options are the flags that commands share.
type options struct {
	files      []string
	kubeconfig string
	provider   string
	config     string
	controller string
	output     string
	quiet      bool
	prune      bool
	detailed   bool
	dryRun     bool
	force      bool
	timeout    time.Duration
}

const defaultTimeout = 10 * time.Minute

func (o *options) inputFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVarP(&o.files, "filename", "f", nil, "file or folder of manifests, or - for standard input; can be repeated")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "read objects from the cluster of this kubeconfig file instead of manifests")
	f.StringVar(&o.controller, "controller", "", `serve only the classes of this controller (default "headgate.io/PROVIDER")`)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "write only failures and refused objects to standard error")
}

func (o *options) cloudFlags(c *cobra.Command, names string) {
	f := c.Flags()
	f.StringVar(&o.provider, "provider", "", "cloud provider: "+names)
	f.StringVar(&o.config, "config", "", "YAML file with the ID of the cluster and the cloud account")
}

func (o *options) outputFlag(c *cobra.Command, what string) {
	c.Flags().StringVarP(&o.output, "output", "o", "", "output format: text or json "+what)
}

func (o *options) timeoutFlag(c *cobra.Command) {
	c.Flags().DurationVar(&o.timeout, "timeout", defaultTimeout, "maximum duration of the command")
}

// json reports whether the output is JSON. unset is the default.
func (o *options) json(unset bool) (bool, error) {
	switch o.output {
	case "":
		return unset, nil
	case "text":
		return false, nil
	case "json":
		return true, nil
	default:
		return false, fmt.Errorf("--output must be text or json, found %q", o.output)
	}
}

// errTimeout is the cause of a context that ended by --timeout.
var errTimeout = errors.New("timed out")

// bounded returns ctx with the timeout of the flag.
func (o *options) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("%w after %v", errTimeout, o.timeout))
}
