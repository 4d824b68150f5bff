package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

func (p program) checkCommand() *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:   "check -f PATH [--provider NAME [--config FILE]]",
		Short: "Report invalid objects, and what a cloud cannot express",
		Long:  "Report invalid objects and, with --provider, what that cloud cannot express. No account is needed.",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return p.check(c.Context(), o) },
	}
	o.inputFlags(c)
	o.cloudFlags(c, p.cloudNames())
	o.outputFlag(c, "(default text)")
	return c
}

func (p program) check(ctx context.Context, o *options) error {
	asJSON, err := o.json(false)
	if err != nil {
		return err
	}
	cloud, err := p.openForCheck(ctx, o)
	if err != nil {
		return err
	}
	in, err := p.load(ctx, o)
	if err != nil {
		return err
	}
	p.reportSkipped(in, o.quiet)
	in.accept(cloud)
	if err := p.writeCheck(in, o.provider, asJSON); err != nil {
		return err
	}
	if p.reportRefusals(in, in.all()) {
		return status(statusRefused)
	}
	return nil
}

// accept leaves out what the provider cannot express and records the problems. A nil provider
// accepts everything.
func (in *input) accept(cloud provider.Provider) {
	if cloud == nil {
		return
	}
	accepted := in.sealed[:0:0]
	for _, s := range in.sealed {
		a, problems, ok := reconcile.Accept(cloud, s)
		in.problems[s.ID()] = append(in.problems[s.ID()], problems...)
		if ok {
			accepted = append(accepted, a)
		}
	}
	in.sealed = accepted
}

// checked is the JSON form of a check. It uses the field names of the JSON form of a plan.
type checked struct {
	LoadBalancers []checkedBalancer `json:"loadBalancers"`
	Problems      []checkedProblem  `json:"problems"` // of objects that belong to no load balancer
}

type checkedBalancer struct {
	ID       model.ID         `json:"id"`
	Provider string           `json:"provider,omitempty"`
	Problems []checkedProblem `json:"problems"`
}

type checkedProblem struct {
	Origin  string       `json:"origin"`
	Reason  model.Reason `json:"reason"`
	Message string       `json:"message"`
}

func problemsOf(problems []model.Problem) []checkedProblem {
	out := []checkedProblem{}
	for _, p := range distinct(slices.Clone(problems)) {
		out = append(out, checkedProblem{p.Origin.String(), p.Reason, p.Message})
	}
	return out
}

func (p program) writeCheck(in input, cloud string, asJSON bool) error {
	if !asJSON {
		return p.writeCheckText(in)
	}
	doc := checked{LoadBalancers: []checkedBalancer{}, Problems: problemsOf(in.loose)}
	for _, id := range in.ids {
		doc.LoadBalancers = append(doc.LoadBalancers, checkedBalancer{id, cloud, problemsOf(in.problems[id])})
	}
	return writeJSON(p.stdout, doc)
}

// writeCheckText writes a line for each load balancer, and one for each problem that refuses
// nothing. Refusals go to standard error, as in every command.
func (p program) writeCheckText(in input) error {
	for _, id := range in.ids {
		n := len(problemsOf(in.problems[id]))
		verdict := "ok"
		if n > 0 {
			verdict = count(n, "problem")
		}
		if _, err := fmt.Fprintf(p.stdout, "%s: %s%s\n", oneLine(string(id)), in.size(id), verdict); err != nil {
			return err
		}
		for _, x := range distinct(slices.Clone(in.problems[id])) {
			if x.Refuses() {
				continue
			}
			if _, err := fmt.Fprintf(p.stdout, "  ! %s: %s\n", x.Reason, oneLine(x.String())); err != nil {
				return err
			}
		}
	}
	return nil
}

// size returns the numbers of listeners, routes and groups of a load balancer.
func (in *input) size(id model.ID) string {
	i := slices.IndexFunc(in.sealed, func(s model.Sealed) bool { return s.ID() == id })
	if i < 0 {
		return "not served, "
	}
	routes := 0
	for _, l := range in.sealed[i].Listeners() {
		routes += len(l.Routes)
	}
	return fmt.Sprintf("%s, %s, %s: ", count(len(in.sealed[i].Listeners()), "listener"), count(routes, "route"), count(len(in.sealed[i].Groups()), "group"))
}

func writeJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}
