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
	// New returns a cloud that has nothing of the plugin's cluster, and registers its end with
	// t.Cleanup. The cloud should have foreign resources, whose names are as similar to those of
	// the plugin as possible. Its data plane, if there is one, connects to pods through the dialer:
	// the addresses of pods are not real ones.
	New func(t *testing.T, pods Dialer) *Fixture
	// Budget bounds what the writes of the plugin cost.
	Budget Budget
	// Shared means that several load balancers are one write scope, so that one write creates two
	// of them.
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

// Fixture is one cloud, and what a test needs to look into it. The comments name the fields that
// may be nil.
type Fixture struct {
	// Process returns the plugin of a new process. It shares nothing but the cloud with those
	// before it.
	Process func() provider.Provider
	// Clock is the clock of the cloud and of the engine. Nil is the system's.
	Clock clock.Clock
	// Controls record and disturb the calls to the cloud's API.
	Controls Controls
	// Snapshot returns everything that the cloud stores, foreign resources included: a canonical
	// form by "Kind/name".
	Snapshot func() map[string]string
	// Foreign returns everything that the plugin does not own, in a canonical form. It must be the
	// same at the end of every test. Nil takes what Snapshot returns after New.
	Foreign func() map[string]string
	// Squat creates a foreign resource under exactly the name of a wanted one. It returns false for
	// a kind whose resources have no name in the cloud, or whose names need not be unique. Nil
	// skips the tests of such conflicts.
	Squat func(t *testing.T, want provider.Resource) bool
	// Intrude adds foreign parts to the load balancers of the plugin, given what is observed of
	// them: a rule of a listener, a part of a shared document. Nil skips the test of what becomes
	// of them.
	Intrude func(t *testing.T, have map[provider.Key]provider.Resource)
	// Dial connects to the data plane at an address of a load balancer ("name:port"). Nil is a
	// cloud without a data plane.
	Dial Dialer
	// Zones are the zones of pods. Nil is "a", "b" and "c".
	Zones []string
	// Pods is the range of pod addresses. The zero value is 10.0.64.0/18.
	Pods netip.Prefix
}

// Controls record and disturb the calls to a cloud's API.
type Controls struct {
	// Calls returns the number of calls since the last Reset.
	Calls func() Calls
	Reset func()
	// CrashAfter lets n more writes through, each with its effect. It drops the reply to the last
	// of them, and cuts every later call until Heal. It closes the channel at that moment. With n =
	// 0 it cuts at once.
	CrashAfter func(n int) <-chan struct{}
	// Inject disturbs the next writes.
	Inject func(f Fault)
	// Heal ends crash and faults.
	Heal func()
}

// Calls is a number of calls to a cloud's API. Polls are the reads that wait for the end of a write
// which the cloud has accepted.
type Calls struct{ Reads, Writes, Polls int }

// over reports whether there are more calls of any kind than in the budget.
func (c Calls) over(budget Calls) bool {
	return c.Reads > budget.Reads || c.Writes > budget.Writes || c.Polls > budget.Polls
}

// Fault is what happens to the next Times writes. Zero is all writes until Heal.
type Fault struct {
	Kind  FaultKind
	Times int
}

// FaultKind is a way in which a call fails.
type FaultKind int

// The kinds of fault.
const (
	Throttle   FaultKind = iota // the cloud's own reply to too many calls
	FailBefore                  // its reply to an internal error, without effect
	FailAfter                   // the same, after the effect
	LoseReply                   // the effect, and then the connection is cut
	Refuse                      // the connection is cut, without effect
)

// Budget bounds the number of calls.
type Budget struct {
	// Create is the most writes that the first apply of one host, two paths and two groups of ten
	// endpoints in three zones may make.
	Create int
	// Grow is the calls that ten more endpoints of one group may make. The group has ten in the
	// same zones.
	Grow Calls
}
