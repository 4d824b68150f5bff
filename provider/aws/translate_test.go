package aws

import (
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

func TestTwoResourcesWithOneKeyAreRefused(t *testing.T) {
	sealed, err := model.Seal(model.LoadBalancer{ID: "default/x"})
	if err != nil {
		t.Fatal(err)
	}
	tr := offline(t).translation(sealed)
	k := provider.Key{Kind: KindTargetGroup, Name: "same"}
	tr.add(k, TargetGroupSpec{}, nil)
	if err := tr.checkKeys(); err != nil {
		t.Errorf("one resource: %v", err)
	}
	tr.add(k, TargetGroupSpec{}, nil)
	if err := tr.checkKeys(); provider.CodeOf(err) != provider.Unsupported {
		t.Errorf("two resources: error %v", err)
	}
}
