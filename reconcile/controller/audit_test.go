package controller

import (
	"testing"
	"time"

	"github.com/headgate-io/headgate/provider/fake"
)

func TestAnAuditRepairsDrift(t *testing.T) {
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		other, err := fake.New(e.cloud, fake.Options{ClusterID: "test"})
		if err != nil {
			t.Fatal(err)
		}
		drift(t, other)
		if got := e.members("shop/web"); len(got) != 0 {
			t.Fatalf("there is no drift: %v", got)
		}
		e.wait(time.Hour)
		if got := e.members("shop/web"); len(got) != 2 {
			t.Errorf("registered: %v", got)
		}
	})
}
