package e2e_test

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// variableScale names the environment variable with the number of Ingresses of TestScale: a few as
// part of the suite, 1,000 for the figures of docs/scale.md.
const variableScale = "HEADGATE_E2E_SCALE"

// size describes the objects of a cluster: Ingresses, each with its own Service, distributed over
// load balancers.
type size struct {
	ingresses, group, endpoints int
	changes                     int
}

func (z size) balancers() int { return (z.ingresses + z.group - 1) / z.group }

// total returns the number of endpoints. The Service that is changed has one fewer, so that there
// is room for a second address during the change: an Application Load Balancer accepts 50 groups of
// 20.
func (z size) total() int { return z.ingresses*z.endpoints - 1 }

// sizes returns a small cluster and a large one. A load balancer of one is like a load balancer of
// the other.
func sizes(t *testing.T) (small, large size, figures bool) {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variableScale), "20"))
	if err != nil || n < 2 {
		t.Fatalf("%s=%q is not a number of Ingresses", variableScale, os.Getenv(variableScale))
	}
	large = size{ingresses: n, group: 50, endpoints: 20, changes: 200}
	if n < 100 {
		large = size{ingresses: n, group: n / 2, endpoints: 20, changes: 3}
	}
	small = large
	small.ingresses = large.group
	return small, large, n >= 1000
}

// TestScale measures what many objects cost: from nothing until everything is programmed, at a
// restart with nothing to do, and when one endpoint changes. It judges the number of calls;
// durations depend on the machine, and are judged only by `make scale`.
func TestScale(t *testing.T) {
	small, large, figures := sizes(t)
	few, many := measure(t, small, ""), measure(t, large, os.Getenv(variableProfiles))
	report(t, few, many)
	if ratio := float64(many.changes.p(50)) / float64(few.changes.p(50)); figures && ratio > 2 {
		t.Errorf("a change among %d endpoints takes %.1f times as long as among %d", large.total(), ratio, small.total())
	}
}

// latency is that of each call to the cloud.
const latency = 20 * time.Millisecond

// openLargeAWS opens an account in real time in which every target is healthy, so that only the API
// causes delays.
func openLargeAWS() (*awstest.Server, config.Config) {
	s := awstest.NewServer(awstest.Options{Clock: clock.System(), Dial: dialHealthy})
	return s, config.Config{AWS: &config.AWS{Region: s.Region(), VPCID: s.VPCID(), SubnetIDs: s.SubnetIDs(), Endpoint: s.URL()}}
}

// measure starts a cluster of that size, restarts the controller, changes endpoints, and deletes
// everything.
func measure(t *testing.T, z size, profiles string) figures {
	t.Helper()
	server, account := openLargeAWS()
	t.Cleanup(server.Close)
	f := &fleet{stage: stageOn(t, "aws", server, account), aws: server, size: z, profiles: profiles}
	f.create(t)
	server.Wire().SetLatency(latency)
	out := figures{size: z}
	out.start = f.bringUp(t)
	out.restart = f.restart(t)
	out.changes, out.written = f.change(t)
	out.end = f.tearDown(t)
	return out
}

// report prints the table of docs/scale.md.
func report(t *testing.T, all ...figures) {
	t.Helper()
	row := func(what string, of func(figures) string) {
		line := fmt.Sprintf("| %-62s |", what)
		for _, f := range all {
			line += fmt.Sprintf(" %34s |", of(f))
		}
		fmt.Println(line)
	}
	row("Ingresses, load balancers, endpoints", func(f figures) string {
		return fmt.Sprintf("%d, %d, %d", f.size.ingresses, f.size.balancers(), f.size.total())
	})
	row("---", func(figures) string { return "---" })
	phases := func(name string, of func(figures) phase) {
		row(name+": time to the last call", func(f figures) string { return seconds(of(f).took) })
		row(name+": writes, reads", func(f figures) string { return fmt.Sprintf("%d, %d", of(f).writes, of(f).reads) })
		row(name+": CPU time of the controller, of everything else", func(f figures) string {
			return seconds(of(f).cpu) + ", " + seconds(of(f).others)
		})
		row(name+": resident memory, peak", func(f figures) string {
			return fmt.Sprintf("%d MiB, %d MiB", of(f).resident>>20, of(f).peak>>20)
		})
	}
	phases("start", func(f figures) phase { return f.start })
	phases("restart", func(f figures) phase { return f.restart })
	phases("deletion of all", func(f figures) phase { return f.end })
	row("endpoint changed: write to cloud call, p50, p90, p99", func(f figures) string { return f.changes.String() })
	row("of which until the API server has stored it, p50, p90, p99", func(f figures) string { return f.written.String() })
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
