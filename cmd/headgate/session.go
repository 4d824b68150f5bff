package main

import (
	"context"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile"
)

// session is one plan, apply or delete.
type session struct {
	program
	options *options
	json    bool
	applied bool
	cloud   account
	in      input
	engine  *reconcile.Engine
}

// begin checks the flags, then the config file, then the input; nothing has asked the cloud yet.
func (p program) begin(ctx context.Context, o *options, guard reconcile.Guard) (*session, error) {
	asJSON, err := o.json(false)
	if err != nil {
		return nil, err
	}
	cloud, err := p.open(ctx, o)
	if err != nil {
		return nil, err
	}
	in, err := p.gather(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &session{program: p, options: o, json: asJSON, cloud: cloud, in: in}
	s.engine = reconcile.New(cloud.Provider, reconcile.Options{Clock: p.clock, Guard: guard, Progress: s.follow()})
	return s, nil
}

// want tells the engine what the input asks for. A load balancer of which the provider can serve
// nothing is left as it is in the cloud: it is in the report with its problems. What a part that
// cannot be read served before, this process cannot know, and nothing of it is taken away.
func (s *session) want() {
	for _, lb := range s.in.sealed {
		found := s.in.problems[lb.ID()]
		if _, problems, ok := reconcile.Accept(s.cloud.Provider, lb); !ok {
			s.in.problems[lb.ID()] = append(found, problems...)
			continue
		}
		refused := append(slices.Clone(found), s.engine.Set(lb, found...)...)
		culprits := wouldTakeAway(refused)
		s.engine.Retain(lb.ID(), len(culprits) > 0, culprits...)
	}
}

// prune drops what the cluster has in the cloud and the input does not ask for.
func (s *session) prune(ctx context.Context) error {
	if !s.options.prune {
		return nil
	}
	found, err := s.engine.Discover(ctx)
	if err != nil {
		return err
	}
	s.drop(found)
	return nil
}

// complete adds to a report what the engine does not know of: problems of the conversion, and load
// balancers that never reached it.
func (s *session) complete(r *reconcile.Report) {
	for i := range r.Results {
		res := &r.Results[i]
		res.Problems = distinct(slices.Concat(s.in.problems[res.ID], res.Problems))
		refuse(res, s.in)
	}
	for _, id := range s.in.ids {
		if !slices.ContainsFunc(r.Results, func(x reconcile.Result) bool { return x.ID == id }) {
			r.Results = append(r.Results, reconcile.Result{ID: id, Problems: distinct(slices.Clone(s.in.problems[id]))})
		}
	}
	slices.SortFunc(r.Results, func(a, b reconcile.Result) int { return compareIDs(a.ID, b.ID) })
}

// refuse turns the reason why a load balancer cannot be expressed into a problem of its objects: it
// is they who must change.
func refuse(res *reconcile.Result, in input) {
	reasons := map[provider.Code]model.Reason{provider.Invalid: model.ReasonInvalid, provider.Unsupported: model.ReasonUnsupported}
	reason, ok := reasons[provider.CodeOf(res.Err)]
	i := slices.IndexFunc(in.sealed, func(s model.Sealed) bool { return s.ID() == res.ID })
	if !ok || i < 0 || len(res.Steps) > 0 {
		return
	}
	res.Problems = append(res.Problems, model.Problem{Origin: firstOrigin(*in.sealed[i].LoadBalancer()), Reason: reason, Message: res.Err.Error()})
	res.Err = nil
}

func compareIDs(a, b model.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// write puts the report on standard output.
func (s *session) write(r reconcile.Report) error {
	if !s.json {
		return r.WriteText(s.stdout, reconcile.TextOptions{Provider: s.cloud.Name(), Applied: s.applied, Color: s.color, OmitRefusals: true})
	}
	data, err := r.JSON(reconcile.JSONOptions{Provider: s.cloud.Name(), Applied: s.applied, Problems: s.in.loose})
	if err != nil {
		return err
	}
	_, err = s.stdout.Write(data)
	return err
}

// failures is every error that was joined into one.
func failures(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) // deeper down it is a part of one failure
	if !ok {
		return []error{err}
	}
	var all []error
	var lines []string
	for _, e := range joined.Unwrap() {
		all = append(all, failures(e)...)
		lines = append(lines, e.Error())
	}
	if err.Error() != strings.Join(lines, "\n") {
		return []error{err} // one failure that wraps two causes
	}
	return all
}
