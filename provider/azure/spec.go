package azure

import (
	"fmt"

	"github.com/headgate-io/headgate/model"
)

// The kinds of resources, as Azure names them.
const (
	KindGateway     = "ApplicationGateway"
	KindPublicIP    = "PublicIPAddress"
	KindCertificate = "SSLCertificate"
	KindListener    = "HTTPListener"
	KindRule        = "RequestRoutingRule"
	KindPathMap     = "URLPathMap"
	KindRedirect    = "RedirectConfiguration"
	KindPool        = "BackendAddressPool"
	// the addresses of a pool, which change at another speed than all else
	KindMembers  = "PoolMembers"
	KindSettings = "BackendHTTPSettings"
	KindProbe    = "Probe"
)

// Frontend is which address of a gateway a listener is on.
type Frontend string

// The frontends of a gateway.
const (
	FrontendPublic  Frontend = "public"
	FrontendPrivate Frontend = "private"
)

// GatewaySpec is an application gateway: one of ours, or, as an external resource, the one that is
// shared.
type GatewaySpec struct {
	Location       string
	SubnetID       string
	Frontend       Frontend // what a gateway of ours has
	PublicIP       string   // resource ID of the public address
	PrivateAddress string
	Tags           map[string]string // wanted: those of the load balancer; observed: all

	document  document            // as last read; never changed
	addresses map[Frontend]string // under which it is reached
}

// String leaves the document out, which is long.
func (g GatewaySpec) String() string {
	return fmt.Sprintf("{%s %s %s %s %s}", g.Location, g.SubnetID, g.Frontend, g.PublicIP, g.PrivateAddress)
}

// GoString is the same.
func (g GatewaySpec) GoString() string { return "azure.GatewaySpec" + g.String() }

// PublicIPSpec is a static public IP address of SKU Standard.
type PublicIPSpec struct {
	Location string

	address string // what Azure gave
}

// Certificate is a certificate with its key, uploaded as a PFX.
type CertificateSpec struct {
	Fingerprint string // SHA-256 of the leaf, hexadecimal
	PEM         []byte // nil when observed
	Key         model.Secret
}

// Listener is one host on one address and port.
type ListenerSpec struct {
	Frontend    Frontend
	Port        int
	Protocol    string // Http or Https
	Host        string // a host name, maybe with wildcards; empty is any
	Certificate string // name of the SSLCertificate; empty for Http
}

// Destination is where requests go: a pool with settings, or a redirect, by name.
type Destination struct {
	Pool     string
	Settings string
	Redirect string
}

// PathRule sends some paths somewhere.
type PathRule struct {
	Paths []string // compared without case; "*" at the end is any rest
	To    Destination
}

// PathMap is path rules in their order, and where everything else goes.
type PathMapSpec struct {
	Rules   []PathRule
	Default Destination
}

// Rule binds a listener to a path map or to a destination. Its priority is not part of it, but
// found when it is written: what counts is the order.
type RuleSpec struct {
	Listener string
	PathMap  string
	To       Destination
	// its priority fits the specificity of its host among the other rules of the gateway
	InOrder bool
}

// Redirect answers with another address.
type RedirectSpec struct {
	Type     string // Permanent or Found
	URL      string
	Listener string // the listener that it leads to, where there is no URL
}

// Pool is a set of addresses, which are the PoolMembers of the same name.
type PoolSpec struct{}

// Members is the addresses of a pool, sorted.
type MembersSpec struct{ Addresses []string }

// Settings is how a gateway speaks with the members of a pool. Times are in seconds.
type SettingsSpec struct {
	Port     int
	Timeout  int
	Draining int
	Affinity bool
	Probe    string
}

// Probe is how a gateway checks the members of a pool. Times are in seconds.
type ProbeSpec struct {
	Host      string
	Path      string
	Port      int // 0 is the port of the settings
	Interval  int
	Timeout   int
	Unhealthy int
	Statuses  string // "200-399"
}
