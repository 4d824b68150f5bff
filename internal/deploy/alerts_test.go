package deploy_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// process is a controller that Prometheus scrapes.
type process struct {
	clusterID, namespace string
	leads                float64
}

// seriesSet is a storage.SeriesSet over a list.
type seriesSet struct{ rest []storage.Series }

// Next advances to the next series.
func (s *seriesSet) Next() bool {
	s.rest = s.rest[1:]
	return len(s.rest) > 0
}

// At returns the current series.
func (s *seriesSet) At() storage.Series { return s.rest[0] }

// Err returns nil.
func (*seriesSet) Err() error { return nil }

// Warnings returns nil.
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// leaders returns a database with one sample of headgate_leader for each process.
func leaders(t *testing.T, at time.Time, processes []process) storage.Queryable {
	t.Helper()
	all := []storage.Series{nil}
	for i, p := range processes {
		chunk := chunkenc.NewXORChunk()
		samples, err := chunk.Appender()
		if err != nil {
			t.Fatal(err)
		}
		samples.Append(0, at.UnixMilli(), p.leads)
		all = append(all, &storage.SeriesEntry{
			Lset: labels.FromStrings(model.MetricNameLabel, "headgate_leader", "cloud", "aws",
				"cluster_id", p.clusterID, "namespace", p.namespace, "pod", strconv.Itoa(i)),
			SampleIteratorFn: chunk.Iterator,
		})
	}
	return &storage.MockQueryable{MockQuerier: &storage.MockQuerier{
		SelectMockFunction: func(bool, *storage.SelectHints, ...*labels.Matcher) storage.SeriesSet {
			return &seriesSet{rest: all}
		},
	}}
}

// fires reports whether the expression of an alert returns a result.
func fires(t *testing.T, alert string, processes []process) bool {
	t.Helper()
	for _, r := range rules(t) {
		if r.Alert != alert {
			continue
		}
		now := time.Unix(1000, 0)
		engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1000, Timeout: time.Minute})
		query, err := engine.NewInstantQuery(t.Context(), leaders(t, now, processes), nil, r.Expr, now)
		if err != nil {
			t.Fatal(err)
		}
		defer query.Close()
		vector, err := query.Exec(t.Context()).Vector()
		if err != nil {
			t.Fatal(err)
		}
		return len(vector) > 0
	}
	t.Fatalf("there is no alert %s", alert)
	return false
}

func TestLeaderAlerts(t *testing.T) {
	for _, c := range []struct {
		name                 string
		processes            []process
		noLeader, twoLeaders bool
	}{
		{"a leader and a standby", []process{{"one", "edge", 1}, {"one", "edge", 0}}, false, false},
		{"two clusters with one leader each", []process{{"one", "edge", 1}, {"two", "edge", 1}}, false, false},
		{"no leader", []process{{"one", "edge", 0}, {"one", "edge", 0}}, true, false},
		{"no leader in one of two clusters", []process{{"one", "edge", 1}, {"two", "edge", 0}}, true, false},
		{"two leaders in one namespace", []process{{"one", "edge", 1}, {"one", "edge", 1}}, false, true},
		{"two installations with one cluster ID", []process{{"one", "edge", 1}, {"one", "other", 1}}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fires(t, "HeadgateNoLeader", c.processes); got != c.noLeader {
				t.Errorf("HeadgateNoLeader fires: %v, want %v", got, c.noLeader)
			}
			if got := fires(t, "HeadgateTwoLeaders", c.processes); got != c.twoLeaders {
				t.Errorf("HeadgateTwoLeaders fires: %v, want %v", got, c.twoLeaders)
			}
		})
	}
}
