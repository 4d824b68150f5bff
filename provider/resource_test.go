package provider_test

import (
	"errors"
	"testing"

	"github.com/headgate-io/headgate/provider"
)

func TestErrorsNameOperationAndResource(t *testing.T) {
	tests := []struct {
		key  provider.Key
		want string
	}{
		{provider.Key{Kind: "TargetGroup", Name: "web"}, "list TargetGroup web: down"},
		{provider.Key{Kind: "NEG", Name: "web", Place: "zone-a"}, "list NEG zone-a/web: down"},
		{provider.Key{Kind: "ApplicationGateway"}, "list ApplicationGateway: down"},
		{provider.Key{}, "list: down"},
	}
	for _, test := range tests {
		err := &provider.Error{Op: "list", Key: test.key, Err: errors.New("down")}
		if err.Error() != test.want {
			t.Errorf("got %q, want %q", err, test.want)
		}
	}
}
