package controller

import (
	"strings"
	"testing"

	"github.com/headgate-io/headgate/provider/fake"
)

func TestADryRunWritesNothing(t *testing.T) {
	dry := func(o *Options, _ *fake.CloudOptions) { o.DryRun = true }
	inBubble(t, func(t *testing.T, e *env) {
		e.shop()
		if n := e.cloudWrites(); n != 0 {
			t.Errorf("%d writes", n)
		}
		if w := e.writes.drain(); len(w) > 0 {
			t.Errorf("writes to the API server: %v", w)
		}
		if got := strings.Join(e.events.drain(), "\n"); !strings.Contains(got, "shop/web Planned: ") {
			t.Errorf("events: %s", got)
		}
	}, dry)
}
