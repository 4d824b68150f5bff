package deploy_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	neutral "github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile/controller"
)

// series maps the name of each series to its labels. A histogram has three series.
type series map[string][]string

// catalog is a prometheus.Registerer that records the collectors.
type catalog struct {
	series series
	names  set // of metrics, as they are registered
}

var descriptions = regexp.MustCompile(`^Desc\{fqName: "([^"]+)".*constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)

// Register records a collector.
func (c catalog) Register(of prometheus.Collector) error {
	all := make(chan *prometheus.Desc, 1)
	of.Describe(all)
	m := descriptions.FindStringSubmatch((<-all).String())
	names := strings.FieldsFunc(m[3], func(r rune) bool { return r == ',' })
	for pair := range strings.SplitSeq(m[2], ",") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	c.names[m[1]] = true
	if _, ok := of.(*prometheus.HistogramVec); !ok {
		if _, ok := of.(prometheus.Histogram); !ok {
			c.series[m[1]] = names
			return nil
		}
	}
	c.series[m[1]+"_count"], c.series[m[1]+"_sum"] = names, names
	c.series[m[1]+"_bucket"] = append(slices.Clone(names), "le")
	return nil
}

// MustRegister completes the interface.
func (c catalog) MustRegister(all ...prometheus.Collector) {
	for _, of := range all {
		_ = c.Register(of)
	}
}

// Unregister completes the interface.
func (catalog) Unregister(prometheus.Collector) bool { return false }

// existing returns the metrics of the controller and of its process.
func existing(t *testing.T) catalog {
	t.Helper()
	c := catalog{series{}, set{}}
	if _, err := controller.NewMetrics(c, "aws"); err != nil {
		t.Fatal(err)
	}
	if len(c.names) < 10 {
		t.Fatalf("only %v are registered", c.names.sorted())
	}
	for name, of := range c.series {
		c.series[name] = append(slices.Clone(of), "cluster_id") // Package program adds it.
	}
	process, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range process {
		if strings.HasPrefix(f.GetName(), "process_") {
			c.series[f.GetName()] = nil
		}
	}
	return c
}

// values lists the values of labels that have only a few.
func values() map[string][]string {
	codes := []string{"Kubernetes"}
	for _, c := range []provider.Code{provider.NotFound, provider.Conflict, provider.Invalid, provider.Unsupported, provider.Denied, provider.Quota,
		provider.Throttled, provider.InProgress, provider.Unavailable, provider.Unknown} {
		codes = append(codes, string(c))
	}
	phases := []string{"structure", "endpoints", "look"}
	return map[string][]string{
		"headgate_reconcile_errors_total code":    codes,
		"headgate_ops_total outcome":              {"planned", string(provider.Done), string(provider.Pending), string(provider.Failed), string(provider.Blocked)},
		"headgate_ops_total action":               {string(provider.Create), string(provider.Update), string(provider.Delete)},
		"headgate_endpoints state":                {string(neutral.Ready), string(neutral.Draining), string(neutral.NotReady)},
		"headgate_reconcile_seconds_bucket phase": phases, "headgate_plan_ops_bucket phase": phases,
	}
}

// ofTheTarget are the labels that Prometheus adds to every scraped series.
func ofTheTarget() []string { return []string{"job", "namespace", "pod", "instance"} }

// look checks an expression against the existing metrics, and returns the series that it reads.
func (c catalog) look(t *testing.T, where, text string) set {
	t.Helper()
	used := set{}
	e, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Errorf("%s: %v in %s", where, err, text)
		return used
	}
	known := set{}
	for _, n := range ofTheTarget() {
		known[n] = true
	}
	var grouped []string
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			c.selector(t, where, n, known)
			used[n.Name] = true
		case *parser.AggregateExpr:
			grouped = append(grouped, n.Grouping...)
		}
		return nil
	})
	for _, g := range grouped {
		if !known[g] {
			t.Errorf("%s: grouped by %q, which no series in it has: %s", where, g, text)
		}
	}
	return used
}

func (c catalog) selector(t *testing.T, where string, s *parser.VectorSelector, known set) {
	t.Helper()
	has, there := c.series[s.Name]
	if !there {
		t.Errorf("%s: there is no series %s", where, s.Name)
	}
	for _, n := range has {
		known[n] = true
	}
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel {
			continue
		}
		if !slices.Contains(has, m.Name) && !slices.Contains(ofTheTarget(), m.Name) {
			t.Errorf("%s: %s has no label %s", where, s.Name, m.Name)
		}
		if all, few := values()[s.Name+" "+m.Name]; few && m.Type == labels.MatchEqual && !slices.Contains(all, m.Value) {
			t.Errorf("%s: %s of %s is never %q", where, m.Name, s.Name, m.Value)
		}
	}
}

// board has the fields read from the dashboard.
type board struct {
	Panels []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct{ Name, Definition string }
	}
}

func dashboard(t *testing.T) board {
	t.Helper()
	var b board
	if err := json.Unmarshal(read(t, "dashboards", "headgate.json"), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// filled replaces the dashboard's variables with values.
func filled(expr string) string {
	return strings.NewReplacer("$__rate_interval", "5m", "$cloud", "aws").Replace(expr)
}

func TestDashboardShowsExactlyTheMetrics(t *testing.T) {
	all, shown := existing(t), set{}
	for _, p := range dashboard(t).Panels {
		for _, target := range p.Targets {
			maps.Copy(shown, all.look(t, "panel "+p.Title, filled(target.Expr)))
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %s shows nothing", p.Title)
		}
	}
	for name := range all.names {
		if !shown[name] && !shown[name+"_count"] && !shown[name+"_bucket"] {
			t.Errorf("%s is on no panel", name)
		}
	}
}

var legends = regexp.MustCompile(`\{\{(\w+)\}\}`)

// A legend names only labels that remain after aggregation.
func TestLegendLabelsSurviveAggregation(t *testing.T) {
	for _, p := range dashboard(t).Panels {
		for _, target := range p.Targets {
			for _, m := range legends.FindAllStringSubmatch(target.LegendFormat, -1) {
				by := regexp.MustCompile(`by \(([^)]*)\)`).FindStringSubmatch(target.Expr)
				if by == nil {
					if !slices.Contains(ofTheTarget(), m[1]) {
						t.Errorf("panel %s: %s is no label of a target", p.Title, m[1])
					}
				} else if !slices.Contains(strings.Split(by[1], ", "), m[1]) {
					t.Errorf("panel %s: %s is not among those that are summed by: %s", p.Title, m[1], by[1])
				}
			}
		}
	}
}

func TestPanelsDoNotOverlap(t *testing.T) {
	occupied, ids := map[[2]int]string{}, set{}
	for _, p := range dashboard(t).Panels {
		if p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %s is wider than the board", p.Title)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, there := occupied[[2]int{x, y}]; there {
					t.Fatalf("panels %s and %s overlap", p.Title, other)
				}
				occupied[[2]int{x, y}] = p.Title
			}
		}
		ids[string(rune(p.ID))] = true
	}
	if len(ids) != len(dashboard(t).Panels) {
		t.Error("two panels have one ID")
	}
}

func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.Parse(read(t, "alerts", "headgate.yaml"), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Error(err)
	}
	if t.Failed() {
		t.FailNow()
	}
	var all []rulefmt.Rule
	for _, g := range groups.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func TestAlertMetricsExist(t *testing.T) {
	all := existing(t)
	for _, r := range rules(t) {
		all.look(t, r.Alert, r.Expr)
		if r.For == 0 {
			t.Errorf("%s fires at once", r.Alert)
		}
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) {
			t.Errorf("%s: severity %q", r.Alert, r.Labels["severity"])
		}
		if diff := cmp.Diff([]string{"description", "summary"}, slices.Sorted(maps.Keys(r.Annotations))); diff != "" {
			t.Errorf("%s: annotations (-want +got):\n%s", r.Alert, diff)
		}
	}
}
