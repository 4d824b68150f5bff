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

// begin checks the flags, then the config file, then the input, before any call to the cloud.
func (p program) begin(ctx context.Context, o *options, guard reconcile.Guard) (*session, error) {
	asJSON, err := o.json(false)
	if err != nil {
		return nil, err
	}
	cloud, err := p.open(ctx, o)
	if err != nil {
		return nil, err
	}
	in, err := p.load(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &session{program: p, options: o, json: asJSON, cloud: cloud, in: in}
	s.engine = reconcile.New(cloud.Provider, reconcile.Options{Clock: p.clock, Guard: guard, Progress: s.follow()})
	return s, nil
}

// want sets the desired state of the engine. If the provider cannot serve any part of a load
// balancer, that stays as it is in the cloud, and its problems are in the report. If a part of an
// object cannot be read, this process does not know its last known good configuration, so the
// engine retains the routes that are in the cloud.
func (s *session) want() {
	for _, lb := range s.in.sealed {
		found := s.in.problems[lb.ID()]
		if _, problems, ok := reconcile.Accept(s.cloud.Provider, lb); !ok {
			s.in.problems[lb.ID()] = append(found, problems...)
			continue
		}
		refused := append(slices.Clone(found), s.engine.Set(lb, found...)...)
		unreadable := unreadableRefs(refused)
		s.engine.Retain(lb.ID(), len(unreadable) > 0, unreadable...)
	}
}

// prune drops the load balancers of the cluster that no object asks for, if --prune is set.
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

// complete adds to a report what the engine does not know: problems of the conversion, and load
// balancers that were not set.
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

// refuse converts the error of a load balancer that cannot be expressed into a problem of its
// objects.
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

// write writes the report to standard output.
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

// failures returns the errors that were joined into err.
func failures(err error) []error {
	if err == nil {
		return nil
	}
	// not deeper down, where it is part of one failure
	joined, ok := err.(interface{ Unwrap() []error })
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
