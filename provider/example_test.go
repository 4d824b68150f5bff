package provider_test

import (
	"errors"
	"fmt"

	"github.com/headgate-io/headgate/provider"
)

// CodeOf finds the code of an error that other errors wrap.
func ExampleCodeOf() {
	refused := &provider.Error{
		Code: provider.Quota,
		Op:   "CreateRule",
		Key:  provider.Key{Kind: "Rule", Name: "shop-1", Place: "hg-shop:80"},
		Err:  errors.New("too many rules on this load balancer"),
	}
	err := fmt.Errorf("apply: %w", refused)
	fmt.Println(err)
	fmt.Println(provider.CodeOf(err), provider.CodeOf(err).Retryable())
	// Output:
	// apply: CreateRule Rule hg-shop:80/shop-1: too many rules on this load balancer
	// Quota false
}
