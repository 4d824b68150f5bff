package provider

import (
	"context"
	"errors"
)

// Extensions are the optional interfaces of a provider. A field is nil where the provider lacks
// that interface.
type Extensions struct {
	Health  HealthReader
	Stager  Stager
	Refuser Refuser
}

// Extender is a provider that stands for another one. It returns the other's extensions instead of
// having their methods, so that no combination of them can be lost.
type Extender interface {
	Extensions() Extensions
}

// ExtensionsOf returns the optional interfaces of p. It is the only place that asks for them.
func ExtensionsOf(p Provider) Extensions {
	if e, ok := p.(Extender); ok {
		return e.Extensions()
	}
	var e Extensions
	e.Health, _ = p.(HealthReader)
	e.Stager, _ = p.(Stager)
	e.Refuser, _ = p.(Refuser)
	return e
}

// Call describes one call of a provider's method that does I/O.
type Call struct {
	Method Method
	Scope  Scope // of an Observe
	Batch  Batch // of a Do
}

// Method names a method of [Provider] or [HealthReader] that does I/O.
type Method string

// The methods that do I/O.
const (
	MethodObserve Method = "observe"
	MethodDo      Method = "do"
	MethodHealth  Method = "health"
)

// Interceptor surrounds one call. It calls next once to make the call, or returns an error without
// calling next to refuse it. The error of a Do is that of its first failed outcome.
type Interceptor func(ctx context.Context, call Call, next func(context.Context) error) error

// Intercept returns a provider that passes each call of p that does I/O through i. All else,
// extensions included, is as p has it. A Do that i refuses fails each op with the error that i
// returned.
func Intercept(p Provider, i Interceptor) Provider {
	return &intercepted{Provider: p, through: i, extensions: ExtensionsOf(p)}
}

type intercepted struct {
	Provider
	through    Interceptor
	extensions Extensions
}

func (p *intercepted) Extensions() Extensions {
	e := p.extensions
	if e.Health != nil {
		e.Health = &interceptedHealth{e.Health, p.through}
	}
	return e
}

func (p *intercepted) Observe(ctx context.Context, scope Scope) (found []Resource, err error) {
	err = p.through(ctx, Call{Method: MethodObserve, Scope: scope}, func(ctx context.Context) (err error) {
		found, err = p.Provider.Observe(ctx, scope)
		return err
	})
	return found, err
}

func (p *intercepted) Do(ctx context.Context, b Batch) (outcomes []Outcome) {
	called := false
	err := p.through(ctx, Call{Method: MethodDo, Batch: b}, func(ctx context.Context) error {
		called = true
		outcomes = p.Provider.Do(ctx, b)
		return firstFailure(outcomes)
	})
	if !called {
		return refused(b, err)
	}
	return outcomes
}

func firstFailure(outcomes []Outcome) error {
	for _, o := range outcomes {
		if o.State == Failed {
			return o.Err
		}
	}
	return nil
}

var errNotCalled = errors.New("the call was not made")

func refused(b Batch, err error) []Outcome {
	if err == nil {
		err = errNotCalled
	}
	outcomes := make([]Outcome, len(b.Ops))
	for i, op := range b.Ops {
		outcomes[i] = Outcome{Key: op.Key, State: Failed, Err: &Error{Code: CodeOf(err), Op: "do", Key: op.Key, Err: err}}
	}
	return outcomes
}

type interceptedHealth struct {
	HealthReader
	through Interceptor
}

func (h *interceptedHealth) Health(ctx context.Context, have []Resource) (health map[Key][]EndpointHealth, err error) {
	err = h.through(ctx, Call{Method: MethodHealth}, func(ctx context.Context) (err error) {
		health, err = h.HealthReader.Health(ctx, have)
		return err
	})
	return health, err
}
