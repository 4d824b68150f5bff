package aws_test

import (
	"errors"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/aws"
	"github.com/headgate-io/headgate/provider/aws/awstest"
	"github.com/headgate-io/headgate/reconcile"
)

// A target group of the same name is adopted only if its tags name the same cluster, load balancer
// and group.
func TestOnlyTheSameOwnerIsAdopted(t *testing.T) {
	own := map[string]string{"headgate.io/cluster": "demo", "headgate.io/load-balancer": "default/x", "headgate.io/group": "default/g"}
	for name, test := range map[string]struct {
		key, value string
		adopted    bool
	}{
		"the same owner":        {"", "", true},
		"another cluster":       {"headgate.io/cluster", "other", false},
		"another load balancer": {"headgate.io/load-balancer", "evil/x", false},
		"another group":         {"headgate.io/group", "evil/g", false},
		"no group":              {"headgate.io/group", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, clk := promptAccount(t, awstest.Options{})
			sealed, err := model.Seal(shop("a=g"))
			if err != nil {
				t.Fatal(err)
			}
			p := process(t, cloud, clk)
			group := groupName(t, p, sealed)
			tags := []types.Tag{{Key: sdk.String("headgate.io/name"), Value: &group}}
			for key, value := range own {
				if key == test.key {
					value = test.value
				}
				if value != "" {
					tags = append(tags, types.Tag{Key: sdk.String(key), Value: &value})
				}
			}
			newNeighbour(cloud).group(t, group, tags...)
			e := reconcile.New(p, reconcile.Options{Clock: clk})
			e.Set(sealed)
			_, err = e.Apply(t.Context())
			if test.adopted && err != nil || !test.adopted && !errors.Is(err, provider.ErrNotOwned) {
				t.Errorf("error %v", err)
			}
			if !test.adopted && !strings.Contains(err.Error(), "headgate.io/group=default/g") {
				t.Errorf("the error %v does not name the tags", err)
			}
		})
	}
}

func groupName(t *testing.T, p *aws.Provider, lb model.Sealed) string {
	t.Helper()
	want, err := p.Translate(lb)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range want {
		if r.Key.Kind == aws.KindTargetGroup {
			return r.Key.Name
		}
	}
	t.Fatal("there is no target group")
	return ""
}
