package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/headgate-io/headgate/provider"
)

func TestWithKeyNamesTheResource(t *testing.T) {
	pool, rule := provider.Key{Kind: "Pool", Name: "a"}, provider.Key{Kind: "Rule", Name: "b"}
	cause := errors.New("cause")
	for name, c := range map[string]struct {
		err  error
		want string
		code provider.Code
	}{
		"plain":     {cause, "create Pool a: cause", provider.Unknown},
		"context":   {context.Canceled, "create Pool a: context canceled", provider.Unavailable},
		"bare code": {&provider.Error{Code: provider.Quota, Err: cause}, "create Pool a: cause", provider.Quota},
		"operation": {&provider.Error{Code: provider.Quota, Op: "CreatePool", Err: cause}, "CreatePool Pool a: cause", provider.Quota},
		"resource":  {&provider.Error{Code: provider.Quota, Op: "write", Key: rule, Err: cause}, "write Rule b: cause", provider.Quota},
		"not owned": {provider.NotOwned("", provider.Key{}), "create Pool a: " + provider.ErrNotOwned.Error(), provider.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			got := provider.WithKey(c.err, "create", pool)
			if got.Error() != c.want || provider.CodeOf(got) != c.code {
				t.Errorf("error %q of code %s, want %q of code %s", got, provider.CodeOf(got), c.want, c.code)
			}
		})
	}
}

func TestWithKeyRetainsTheRetryDelay(t *testing.T) {
	err := &provider.Error{Code: provider.Throttled, RetryAfter: time.Minute, Err: errors.New("cause")}
	if got := provider.RetryAfterOf(provider.WithKey(err, "create", provider.Key{Kind: "Pool"})); got != time.Minute {
		t.Errorf("retry after %s, want 1m", got)
	}
	if err.Key != (provider.Key{}) {
		t.Error("WithKey changed its argument")
	}
}

func TestWithKeyOfNilIsNil(t *testing.T) {
	if err := provider.WithKey(nil, "create", provider.Key{Kind: "Pool"}); err != nil {
		t.Errorf("error %v, want nil", err)
	}
}
