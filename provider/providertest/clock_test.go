package providertest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-io/headgate/provider/providertest"
)

func TestClockRunsAtItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := providertest.NewClock(60)
		begin, machine := c.Now(), time.Now()
		<-c.After(time.Hour)
		if took := time.Since(machine); took != time.Minute {
			t.Errorf("an hour took %v of real time, want a minute", took)
		}
		if took := c.Now().Sub(begin); took != time.Hour {
			t.Errorf("an hour took %v on the clock", took)
		}
		if got := c.Real(time.Hour); got != time.Minute {
			t.Errorf("Real(1h) = %v, want a minute", got)
		}
	})
}

func TestSkippedTimeHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := providertest.NewClock(1)
		begin, machine := c.Now(), time.Now()
		soon, late := c.After(time.Minute), c.After(3*time.Minute)
		c.Skip(2 * time.Minute)
		<-soon
		if took := time.Since(machine); took != 0 {
			t.Errorf("what was skipped took %v", took)
		}
		select {
		case <-late:
			t.Error("rang a minute before its time")
		default:
		}
		<-late
		if took := c.Now().Sub(begin); took != 3*time.Minute || time.Since(machine) != time.Minute {
			t.Errorf("three minutes took %v, and %v of real time", took, time.Since(machine))
		}
		c.Skip(-time.Hour)
		if c.Now().Before(begin.Add(3 * time.Minute)) {
			t.Error("it went backwards")
		}
	})
}
