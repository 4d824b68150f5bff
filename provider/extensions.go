package provider

import (
	"context"
	"errors"
)

// Extensions has the optional interfaces of a provider. A field is nil if the provider does not
// implement that interface.
type Extensions struct {
	Health  HealthReader
	Stager  Stager
	Refuser Refuser
}

// Extender is a provider that wraps another one. It returns the extensions of that provider instead
// of implementing them, so that a wrapper needs no type for each combination of interfaces.
type Extender interface {
	Extensions() Extensions
}

// ExtensionsOf returns the optional interfaces of p.
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

// Call describes a call of a method that does I/O.
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

// Interceptor wraps one call. It calls next once to make the call, or refuses the call by returning
// an error without calling next. For a Do, next returns the error of the first failed outcome.
type Interceptor func(ctx context.Context, call Call, next func(context.Context) error) error

// Intercept returns a provider that passes each call of p that does I/O through i. All other
// methods and the set of extensions are those of p. If i refuses a Do, each op fails with the error
// that i returned.
func Intercept(p Provider, i Interceptor) Provider {
	return &intercepted{Provider: p, interceptor: i, extensions: ExtensionsOf(p)}
}

type intercepted struct {
	Provider
	interceptor Interceptor
	extensions  Extensions
}

func (p *intercepted) Extensions() Extensions {
	e := p.extensions
	if e.Health != nil {
		e.Health = &interceptedHealth{e.Health, p.interceptor}
	}
	return e
}

func (p *intercepted) Observe(ctx context.Context, scope Scope) (found []Resource, err error) {
	err = p.interceptor(ctx, Call{Method: MethodObserve, Scope: scope}, func(ctx context.Context) (err error) {
		found, err = p.Provider.Observe(ctx, scope)
		return err
	})
	return found, err
}

func (p *intercepted) Do(ctx context.Context, b Batch) (outcomes []Outcome) {
	called := false
	err := p.interceptor(ctx, Call{Method: MethodDo, Batch: b}, func(ctx context.Context) error {
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
	interceptor Interceptor
}

func (h *interceptedHealth) Health(ctx context.Context, have []Resource) (health map[Key][]EndpointHealth, err error) {
	err = h.interceptor(ctx, Call{Method: MethodHealth}, func(ctx context.Context) (err error) {
		health, err = h.HealthReader.Health(ctx, have)
		return err
	})
	return health, err
}
