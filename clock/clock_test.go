package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-io/headgate/clock"
)

func TestWaitLastsItsTimeOnTheClock(t *testing.T) {
	tests := map[string]struct {
		clock clock.Clock
		real  time.Duration
	}{
		"system":           {clock.System(), time.Minute},
		"sixty times":      {clock.Scaled(60), time.Second},
		"never slower":     {clock.Scaled(0), time.Minute},
		"never backwards":  {clock.Scaled(-5), time.Minute},
		"as the system is": {clock.Scaled(1), time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin, scaledBegin := time.Now(), test.clock.Now()
				if err := clock.Wait(t.Context(), test.clock, time.Minute); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin); took != test.real {
					t.Errorf("a minute took %v of real time, want %v", took, test.real)
				}
				if took := test.clock.Now().Sub(scaledBegin); took != time.Minute {
					t.Errorf("a minute took %v on its own clock", took)
				}
				if took := clock.Real(test.clock, time.Minute); took != test.real {
					t.Errorf("Real(1m) = %v, want %v", took, test.real)
				}
			})
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := clock.Wait(ctx, clock.System(), time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if took := time.Since(begin); took != time.Second {
			t.Errorf("it waited %v", took)
		}
	})
}
