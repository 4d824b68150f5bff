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

// program is what a run of the command line has to do with its surroundings, so that a test can
// stand in for them.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	clouds         []cloud
	terminal       bool // standard output is one
	progress       bool // standard error is one: long work tells how far it is
	color          bool
	clock          clock.Clock // nil is the machine's
}

// The exit statuses other than 0 and 1.
const (
	statusFailed  = 1
	statusChanges = 2 // plan --detailed-exitcode: the plan is not empty
	statusRefused = 3 // done, but for objects that were refused
)

// status is an error that says nothing more than how the process exits.
type status int

// Error names the status, for who prints it by mistake.
func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// run is the command line: it returns the exit status, having written at most one line about a
// failure.
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
		p.say("%s", err)
		return statusFailed
	}
	return 0
}

// say writes one line to standard error.
func (p program) say(format string, args ...any) {
	// there is nowhere left to say that it failed
	_, _ = fmt.Fprintf(p.stderr, "headgate: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// oneLine joins lines, and drops what would move a terminal's cursor: messages hold what tenants
// wrote.
func oneLine(s string) string {
	var lines []string
	for line := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); strings.Trim(line, "-=") != "" { // SDKs draw lines
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

func (p program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "headgate",
		Short:         "Plans, applies and traces cloud load balancers for Kubernetes objects",
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
	f.StringArrayVarP(&o.files, "filename", "f", nil, "file or folder of manifests, or - for standard input; may be repeated")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "read the cluster that this file names instead of manifests")
	f.StringVar(&o.controller, "controller", "", `controller that a class must name (default "headgate.io/PROVIDER")`)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "write failures and refused objects to standard error, nothing else")
}

func (o *options) cloudFlags(c *cobra.Command, names string) {
	f := c.Flags()
	f.StringVar(&o.provider, "provider", "", "cloud: "+names)
	f.StringVar(&o.config, "config", "", "YAML file that names the cluster and the account")
}

func (o *options) outputFlag(c *cobra.Command, what string) {
	c.Flags().StringVarP(&o.output, "output", "o", "", "text or json "+what)
}

func (o *options) timeoutFlag(c *cobra.Command) {
	c.Flags().DurationVar(&o.timeout, "timeout", defaultTimeout, "how long the whole may take")
}

// json tells whether the output is JSON; unset is what it is when the flag is not given.
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
var errTimeout = errors.New("--timeout is over")

// bounded is ctx with the timeout of the flag.
func (o *options) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("%w after %v", errTimeout, o.timeout))
}
