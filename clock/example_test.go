package clock_test

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// On a clock that runs 1,000 times as fast, a wait of one second lasts a millisecond.
func ExampleScaled() {
	c := clock.Scaled(1000)
	fmt.Println(clock.Wait(context.Background(), c, time.Second), clock.Real(c, time.Second))
	// Output: <nil> 1ms
}
