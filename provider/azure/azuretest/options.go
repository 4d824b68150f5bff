package azuretest

import (
	"context"
	"net"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// Busy is what the service does with a write to a gateway whose last operation is still running.
// Recorded traffic shows that it takes the second of two writes of one client without If-Match; the
// refusals stand in published errors. A client has to live with all three.
type Busy int

// The kinds of busy.
const (
	// BusyConflict refuses with 409 AnotherOperationInProgress. It is the default, as the
	// strictest.
	BusyConflict Busy = iota
	// BusyRetry refuses with 429 RetryableErrorDueToAnotherOperation.
	BusyRetry
	// BusySupersede takes the write, and cancels the running operation with
	// CanceledAndSupersededDueToAnotherOperation. Unverified: that the first operation always ends
	// so.
	BusySupersede
)

// Options change the account that a server holds. The zero value is a fresh account.
type Options struct {
	// Clock is what operations, probes and draining follow; nil is the system's.
	Clock clock.Clock
	// Dial reaches a target; nil is a net.Dialer. It is given the target's own address, such as
	// 10.0.1.7:8080.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LoopbackTargets accepts 127.0.0.0/8 as targets, so that processes of this machine can be
	// pods. It is the one deliberate kindness.
	LoopbackTargets bool
	// OperationDelay is how long a long-running operation takes, on Clock.
	OperationDelay time.Duration

	// Subscription is the one that exists at the start; empty is
	// 00000000-0000-0000-0000-000000000000. Any other name is accepted too, unless Restrict is set.
	Subscription string
	// ResourceGroup is the one that exists at the start; empty is rg.
	ResourceGroup string
	// Location is the region of what exists at the start; empty is westeurope.
	Location string
	// Restrict refuses subscriptions and resource groups other than those that were made.
	Restrict bool
	// SharedGateway, if not empty, is the name of a gateway that exists at the start, as an
	// administrator would have made it: with a public address and a site of its own,
	// default.contoso.com on port 80.
	SharedGateway string

	// WhileBusy is what happens to a write while the gateway's last operation runs.
	WhileBusy Busy
	// IgnoreIfMatch lets every If-Match pass. Unverified: which of the two Azure does for gateways.
	IgnoreIfMatch bool
	// PublicFrontendRequired refuses a gateway with no public address, as subscriptions do that
	// have not registered EnableApplicationGatewayNetworkIsolation (Private Application Gateway
	// deployment).
	PublicFrontendRequired bool
}

// The names of what a fresh account holds.
const (
	defaultSubscription  = "00000000-0000-0000-0000-000000000000"
	defaultResourceGroup = "rg"
	defaultLocation      = "westeurope"
	// NetworkName is the virtual network of a fresh resource group.
	NetworkName = "vnet"
	// GatewaySubnet is its subnet for application gateways.
	GatewaySubnet = "gateways"
	// PodSubnet is its subnet for nodes and pods.
	PodSubnet = "pods"
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Subscription == "" {
		o.Subscription = defaultSubscription
	}
	if o.ResourceGroup == "" {
		o.ResourceGroup = defaultResourceGroup
	}
	if o.Location == "" {
		o.Location = defaultLocation
	}
	o.Location = canonicalLocation(o.Location)
	return o
}
