package azuretest

import (
	"context"
	"net"
	"time"

	"github.com/headgate-io/headgate/clock"
)

// Busy is what the service does with a write to a gateway whose last operation is still in
// progress. Recorded traffic shows that it accepts the second of two writes of one client without
// If-Match. Published errors show the refusals. A client must handle all three.
type Busy int

// The values of Busy.
const (
	// BusyConflict refuses with 409 AnotherOperationInProgress. It is the default, because it is
	// the strictest.
	BusyConflict Busy = iota
	// BusyRetry refuses with 429 RetryableErrorDueToAnotherOperation.
	BusyRetry
	// BusySupersede accepts the write and cancels the operation in progress with
	// CanceledAndSupersededDueToAnotherOperation. Unverified: that the first operation always ends
	// this way.
	BusySupersede
)

// Options configure a [Server]. The zero value is a new account.
type Options struct {
	// Clock times operations, probes and draining; nil is the system clock.
	Clock clock.Clock
	// Dial connects to a target, given its address, such as 10.0.1.7:8080; nil is a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// LoopbackTargets accepts targets in 127.0.0.0/8, so that processes on this machine can be
	// pods. It is the only deliberate deviation that is less strict than Azure.
	LoopbackTargets bool
	// OperationDelay is how long a long-running operation takes, on Clock.
	OperationDelay time.Duration

	// Subscription is the subscription that exists at the start; empty is
	// 00000000-0000-0000-0000-000000000000. Any other name is accepted too, unless Restrict is set.
	Subscription string
	// ResourceGroup is the resource group that exists at the start; empty is rg.
	ResourceGroup string
	// Location is the region of the resources that exist at the start; empty is westeurope.
	Location string
	// Restrict refuses subscriptions and resource groups that do not exist.
	Restrict bool
	// SharedGateway is the name of a gateway that exists at the start, as an administrator would
	// have created it: with a public address and its own site, default.contoso.com on port 80. If
	// it is empty, no gateway exists.
	SharedGateway string

	// WhileBusy is what happens to a write while the gateway's last operation is in progress.
	WhileBusy Busy
	// IgnoreIfMatch ignores If-Match headers. Unverified: which of the two Azure does for gateways.
	IgnoreIfMatch bool
	// PublicFrontendRequired refuses a gateway without a public address, as Azure does for
	// subscriptions that have not registered EnableApplicationGatewayNetworkIsolation (Private
	// Application Gateway deployment).
	PublicFrontendRequired bool
}

// The resources of a new account.
const (
	defaultSubscription  = "00000000-0000-0000-0000-000000000000"
	defaultResourceGroup = "rg"
	defaultLocation      = "westeurope"
	// NetworkName is the virtual network of a new resource group.
	NetworkName = "vnet"
	// GatewaySubnet is the subnet of that network for application gateways.
	GatewaySubnet = "gateways"
	// PodSubnet is the subnet of that network for nodes and pods.
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
