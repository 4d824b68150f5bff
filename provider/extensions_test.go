package provider_test

import (
	"context"
	"errors"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
)

func newFake(t *testing.T) provider.Provider {
	t.Helper()
	p, err := fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func intercept(ctx context.Context, _ provider.Call, next func(context.Context) error) error {
	return next(ctx)
}

// plain is a provider with no extension.
type plain struct{ provider.Provider }

// refusing has one extension only.
type refusing struct{ provider.Provider }

func (refusing) Refuse(model.Sealed) []provider.Refusal {
	return []provider.Refusal{{Part: model.Part{Group: "g"}}}
}

func TestInterceptPreservesExtensions(t *testing.T) {
	all := newFake(t)
	for name, p := range map[string]provider.Provider{"all": all, "none": plain{all}, "refuser": refusing{all}} {
		bare := provider.ExtensionsOf(p)
		twice := provider.ExtensionsOf(provider.Intercept(provider.Intercept(p, intercept), intercept))
		if (bare.Health == nil) != (twice.Health == nil) || (bare.Stager == nil) != (twice.Stager == nil) || (bare.Refuser == nil) != (twice.Refuser == nil) {
			t.Errorf("%s: bare %+v, intercepted twice %+v", name, bare, twice)
		}
	}
	if r := provider.ExtensionsOf(provider.Intercept(refusing{all}, intercept)).Refuser; r == nil || len(r.Refuse(model.Sealed{})) != 1 {
		t.Error("the refuser is not the provider's own")
	}
}

func TestInterceptSurroundsEachCallThatDoesIO(t *testing.T) {
	var methods []provider.Method
	p := provider.Intercept(newFake(t), func(ctx context.Context, c provider.Call, next func(context.Context) error) error {
		methods = append(methods, c.Method)
		return next(ctx)
	})
	if _, err := p.Observe(t.Context(), provider.Scope{}); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.ExtensionsOf(p).Health.Health(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	p.Do(t.Context(), provider.Batch{})
	want := []provider.Method{provider.MethodObserve, provider.MethodHealth, provider.MethodDo}
	if len(methods) != 3 || methods[0] != want[0] || methods[1] != want[1] || methods[2] != want[2] {
		t.Errorf("intercepted %v, want %v", methods, want)
	}
}

func TestARefusedDoFailsEachOp(t *testing.T) {
	for _, cause := range []error{&provider.Error{Code: provider.Denied, Op: "fence", Err: errors.New("down")}, nil} {
		p := provider.Intercept(newFake(t), func(context.Context, provider.Call, func(context.Context) error) error { return cause })
		key := provider.Key{Kind: fake.KindGroup, Name: "g"}
		out := p.Do(t.Context(), provider.Batch{Ops: []provider.Op{{Action: provider.Delete, Key: key}}})
		if len(out) != 1 || out[0].Key != key || out[0].State != provider.Failed || out[0].Err == nil {
			t.Fatalf("refused with %v: %+v", cause, out)
		}
		if cause != nil && (provider.CodeOf(out[0].Err) != provider.Denied || !errors.Is(out[0].Err, cause)) {
			t.Errorf("the error %v does not stand for %v", out[0].Err, cause)
		}
	}
}
