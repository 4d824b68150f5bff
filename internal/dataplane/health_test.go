package dataplane

import (
	"testing"

	"pgregory.net/rapid"
)

func TestVerdictFollowsConsecutiveResults(t *testing.T) {
	tests := map[string]struct {
		from    Health
		config  PoolConfig
		results string // g good, b bad
		want    Health
	}{
		"too few for healthy":           {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "gg", Initial},
		"enough for healthy":            {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "ggg", Healthy},
		"interrupted":                   {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "ggbgg", Initial},
		"too few for unhealthy":         {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "b", Initial},
		"enough for unhealthy":          {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "bb", Unhealthy},
		"one bad result is too few":     {Healthy, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "bgb", Healthy},
		"two bad results are enough":    {Healthy, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "bb", Unhealthy},
		"enough to recover":             {Unhealthy, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}}, "ggg", Healthy},
		"first good result decides":     {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}, FirstCheckOpens: true}, "g", Healthy},
		"first bad result decides":      {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}, FirstCheckOpens: true}, "b", Unhealthy},
		"later results do not":          {Initial, PoolConfig{Check: Check{Healthy: 3, Unhealthy: 2}, FirstCheckOpens: true}, "bgg", Unhealthy},
		"no thresholds: each decides":   {Initial, PoolConfig{}, "g", Healthy},
		"no thresholds: each decides 2": {Initial, PoolConfig{}, "gb", Unhealthy},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := verdict{health: test.from}
			for _, result := range test.results {
				v = v.after(result == 'g', test.config)
			}
			if v.health != test.want {
				t.Errorf("%v after %q is %v, want %v", test.from, test.results, v.health, test.want)
			}
		})
	}
}

func TestVerdictChangesOnlyAtTheThreshold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := PoolConfig{Check: Check{Healthy: rapid.IntRange(1, 5).Draw(t, "healthy"), Unhealthy: rapid.IntRange(1, 5).Draw(t, "unhealthy")}}
		v := verdict{health: rapid.SampledFrom([]Health{Initial, Healthy, Unhealthy}).Draw(t, "from")}
		run, last := 0, false
		for _, good := range rapid.SliceOf(rapid.Bool()).Draw(t, "results") {
			if run == 0 || good != last {
				run = 0
			}
			run, last = run+1, good
			was := v.health
			v = v.after(good, c)
			want := was
			if good && run >= c.Check.Healthy {
				want = Healthy
			}
			if !good && run >= c.Check.Unhealthy {
				want = Unhealthy
			}
			if v.health != want {
				t.Fatalf("%v after a run of %d times %v is %v, want %v", was, run, good, v.health, want)
			}
		}
	})
}

func TestHealthNames(t *testing.T) {
	for health, want := range map[Health]string{
		Unused: "unused", Initial: "initial", Healthy: "healthy", Unhealthy: "unhealthy", Draining: "draining", Health(99): "unknown",
	} {
		if got := health.String(); got != want {
			t.Errorf("Health(%d) is %q, want %q", health, got, want)
		}
	}
}
