package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/headgate-io/headgate/model"
)

var (
	errNoInput   = errors.New("-f is missing: a file or folder of manifests, or - for standard input (or --kubeconfig)")
	errTwoInputs = errors.New("-f and --kubeconfig cannot be used together")
	errTwoStdin  = errors.New("-f - is set twice: standard input can be read only once")
)

// load reads the manifests or the live cluster, and converts them into sealed models.
func (p program) load(ctx context.Context, o *options) (input, error) {
	var g loaded
	switch {
	case len(o.files) > 0 && o.kubeconfig != "":
		return input{}, errTwoInputs
	case o.kubeconfig != "":
		if err := g.live(ctx, o.kubeconfig); err != nil {
			return input{}, err
		}
	case len(o.files) == 0:
		return input{}, errNoInput
	}
	for i, f := range o.files {
		if f == "-" && slices.Contains(o.files[:i], f) {
			return input{}, errTwoStdin
		}
		if err := g.read(f, p.stdin); err != nil {
			return input{}, err
		}
	}
	return build(g, o.controllerName()), nil
}

// controllerName returns the controller whose classes are served. It is empty if neither
// --controller nor --provider is set.
func (o *options) controllerName() string {
	if o.controller == "" && o.provider != "" {
		return ownDomain + o.provider
	}
	return o.controller
}

// reportSkipped writes the numbers of ignored objects to standard error.
func (p program) reportSkipped(in input, quiet bool) {
	if quiet {
		return
	}
	if in.skipped > 0 {
		p.logf("ignored %s of other controllers", count(in.skipped, "object"))
	}
	if in.foreign > 0 {
		p.logf("ignored %s of other kinds", count(in.foreign, "object"))
	}
	if len(in.ids) == 0 {
		p.logf("no object asks for a load balancer")
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// reportRefusals writes a line to standard error for each problem that refuses something, and
// reports whether there is one. Other problems are part of the output.
func (p program) reportRefusals(in input, problems []model.Problem) (refused bool) {
	for _, x := range distinct(slices.Clone(problems)) {
		if x.Refuses() {
			refused = true
			p.logf("refused (%s): %s%s", x.Reason, in.place(x.Origin), x)
		}
	}
	return refused
}

// place returns the file of an object as the beginning of a message. It is empty if the object was
// not read from a file.
func (in *input) place(r model.Ref) string {
	if file := in.sources[r.Object()]; file != "" {
		return file + ": "
	}
	return ""
}
