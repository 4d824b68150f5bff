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
	errTwoInputs = errors.New("-f and --kubeconfig exclude each other")
	errTwoStdin  = errors.New("-f - is given twice: standard input can be read once")
)

// gather reads the manifests, or the live cluster, and turns them into sealed models.
func (p program) gather(ctx context.Context, o *options) (input, error) {
	var g gathered
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

// controllerName is the controller that classes must name; empty when neither --controller nor
// --provider says.
func (o *options) controllerName() string {
	if o.controller == "" && o.provider != "" {
		return ownDomain + o.provider
	}
	return o.controller
}

// mention counts on standard error what was left out.
func (p program) mention(in input, quiet bool) {
	if quiet {
		return
	}
	if in.skipped > 0 {
		p.say("%s of other controllers left out", count(in.skipped, "object"))
	}
	if in.foreign > 0 {
		p.say("%s of other kinds left out", count(in.foreign, "object"))
	}
	if len(in.ids) == 0 {
		p.say("the input asks for no load balancer")
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// complain names on standard error each problem for which something is refused, and tells whether
// there was one. What merely differs is in the output.
func (p program) complain(in input, problems []model.Problem) (refused bool) {
	for _, x := range distinct(slices.Clone(problems)) {
		if x.Refuses() {
			refused = true
			p.say("refused (%s): %s%s", x.Reason, in.place(x.Origin), x)
		}
	}
	return refused
}

// place is the file of an object, as the beginning of a message; empty where it came from no file.
func (in *input) place(r model.Ref) string {
	if file := in.sources[r.Object()]; file != "" {
		return file + ": "
	}
	return ""
}
