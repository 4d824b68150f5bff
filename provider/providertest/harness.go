package providertest

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/provider"
)

// Harness is what the author of a plugin gives to the suite.
type Harness struct {
	// New makes a cloud that holds nothing of the plugin's cluster, and ends it with t.Cleanup. It
	// should hold things of somebody else, with names as like to the plugin's as can be. The data
	// plane, if there is one, reaches pods through the dialer: their addresses are not real ones.
	New func(t *testing.T, pods Dialer) *Fixture
	// Budget pins what the plugin's writes cost.
	Budget Budget
	// Shared tells that several load balancers are one unit, so that both of two are made by one
	// write.
	Shared bool
	// Lacks lists the settings that the cloud does not have and that the plugin therefore
	// ignores. The documentation of the plugin must say so. A setting that is a feature is declared
	// in Capabilities, and is not listed here.
	Lacks []Setting
}

// Setting is a setting of a group, or of a load balancer, that is no feature.
type Setting string

// The settings.
const (
	HealthPath         Setting = "health check path"
	HealthInterval     Setting = "health check interval"
	HealthTimeout      Setting = "health check timeout"
	HealthyThreshold   Setting = "health check healthy threshold"
	UnhealthyThreshold Setting = "health check unhealthy threshold"
	HealthStatuses     Setting = "health check statuses"
	Draining           Setting = "draining time"
	Tags               Setting = "tags" // of a load balancer
)

// Dialer connects to an address, as net.Dialer does.
type Dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// Fixture is one cloud, and how a test looks at it from behind. What may be nil says so.
type Fixture struct {
	// Process makes the plugin of a new process on this cloud. Nothing but the cloud is shared with
	// those made before.
	Process func() provider.Provider
	// Clock is what the cloud follows, and the engine too; nil is the system's.
	Clock clock.Clock
	// Controls record and disturb the calls to the cloud's API.
	Controls Controls
	// Snapshot is everything that the cloud stores, foreign things too: "Kind/name" to a canonical
	// form.
	Snapshot func() map[string]string
	// Foreign is everything that is not the plugin's, in a canonical form; it must be the same at
	// the end of every test. Nil takes what Snapshot holds when New returns.
	Foreign func() map[string]string
	// Squat makes a thing of somebody else under exactly the name that a wanted resource is to
	// have. It returns false for a kind that has no name of its own in the cloud, or whose name can
	// be taken twice. Nil skips the test of such conflicts.
	Squat func(t *testing.T, want provider.Resource) bool
	// Intrude adds things of somebody else to the load balancers of the plugin, given what is
	// observed of them: a rule to a listener, a part to a shared document. Nil skips the test of
	// what becomes of them.
	Intrude func(t *testing.T, have map[provider.Key]provider.Resource)
	// Dial reaches the data plane at an address of a load balancer ("name:port"). Nil is a cloud
	// without a data plane.
	Dial Dialer
	// Zones are where pods live; nil is "a", "b" and "c".
	Zones []string
	// Pods is the range of pod addresses; the zero value is 10.0.64.0/18.
	Pods netip.Prefix
}

// Controls record and disturb the calls to a cloud's API.
type Controls struct {
	// Calls counts what came since the last Reset.
	Calls func() Calls
	Reset func()
	// CrashAfter lets n more writes through, each with its effect, loses the reply to the last of
	// them and cuts every later call until Heal. The channel is closed at that moment; n = 0 cuts
	// at once.
	CrashAfter func(n int) <-chan struct{}
	// Inject disturbs the next writes.
	Inject func(f Fault)
	// Heal ends crash and faults.
	Heal func()
}

// Calls counts calls to a cloud's API. Polls are the reads that wait for the end of a write which
// the cloud has taken, and goes on with.
type Calls struct{ Reads, Writes, Polls int }

// over tells whether there are more calls of a kind than the budget has.
func (c Calls) over(budget Calls) bool {
	return c.Reads > budget.Reads || c.Writes > budget.Writes || c.Polls > budget.Polls
}

// Fault is what happens to the next writes, Times of them; 0 is all until Heal.
type Fault struct {
	Kind  FaultKind
	Times int
}

// FaultKind is a way in which a call goes wrong.
type FaultKind int

// The kinds of fault.
const (
	Throttle   FaultKind = iota // the cloud's own reply to too many calls
	FailBefore                  // its reply to an internal error, without effect
	FailAfter                   // the same, after the effect
	LoseReply                   // the effect, and then the connection is cut
	Refuse                      // the connection is cut, without effect
)

// Budget pins what writes cost.
type Budget struct {
	// Create is the most writes that the first apply of one host, two paths and two groups of ten
	// endpoints each over three zones may make.
	Create int
	// Grow is the calls that ten more endpoints in one group make, which had ten over the same
	// zones.
	Grow Calls
}
