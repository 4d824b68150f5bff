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
	// KindMembers is the addresses of a pool, which change more often than the rest.
	KindMembers  = "PoolMembers"
	KindSettings = "BackendHTTPSettings"
	KindProbe    = "Probe"
)

// Frontend selects the public or the private address of a gateway.
type Frontend string

// The frontends of a gateway.
const (
	FrontendPublic  Frontend = "public"
	FrontendPrivate Frontend = "private"
)

// GatewaySpec is an application gateway: one that the cluster owns, or the shared one as an
// external resource.
type GatewaySpec struct {
	Location       string
	SubnetID       string
	Frontend       Frontend // of an owned gateway
	PublicIP       string   // resource ID of the public address
	PrivateAddress string
	Tags           map[string]string // wanted: those of the load balancer; observed: all

	document  document            // as last read; never changed
	addresses map[Frontend]string // of the frontends
}

// String leaves out the document, which is long.
func (g GatewaySpec) String() string {
	return fmt.Sprintf("{%s %s %s %s %s}", g.Location, g.SubnetID, g.Frontend, g.PublicIP, g.PrivateAddress)
}

// GoString leaves out the document, which is long.
func (g GatewaySpec) GoString() string { return "azure.GatewaySpec" + g.String() }

// PublicIPSpec is a static public IP address of SKU Standard.
type PublicIPSpec struct {
	Location string

	address string // assigned by Azure
}

// CertificateSpec is a certificate with its key, uploaded as a PFX.
type CertificateSpec struct {
	Fingerprint string // SHA-256 of the leaf, in hexadecimal
	PEM         []byte // nil when observed
	Key         model.Secret
}

// ListenerSpec is one host on one address and port.
type ListenerSpec struct {
	Frontend    Frontend
	Port        int
	Protocol    string // Http or Https
	Host        string // a host name, which may have wildcards; empty is any host
	Certificate string // name of the SSLCertificate; empty for Http
}

// Destination is where requests go: a pool with its settings, or a redirect. All are names.
type Destination struct {
	Pool     string
	Settings string
	Redirect string
}

// PathRule sends the requests for some paths to a destination.
type PathRule struct {
	Paths []string // compared without case; "*" at the end matches any rest
	To    Destination
}

// PathMapSpec is an ordered list of path rules, and the destination of all other requests.
type PathMapSpec struct {
	Rules   []PathRule
	Default Destination
}

// RuleSpec binds a listener to a path map or to a destination. Its priority is chosen when it is
// written, because only the order of the rules matters.
type RuleSpec struct {
	Listener string
	PathMap  string
	To       Destination
	// InOrder reports whether the priority fits the specificity of the host among the other rules
	// of the gateway.
	InOrder bool
}

// RedirectSpec answers with another address.
type RedirectSpec struct {
	Type     string // Permanent or Found
	URL      string
	Listener string // the target listener, if there is no URL
}

// PoolSpec is a set of addresses. The addresses are the PoolMembers of the same name.
type PoolSpec struct{}

// MembersSpec is the sorted addresses of a pool.
type MembersSpec struct{ Addresses []string }

// SettingsSpec is how a gateway sends requests to the members of a pool. Times are in seconds.
type SettingsSpec struct {
	Port     int
	Timeout  int
	Draining int
	Affinity bool
	Probe    string
}

// ProbeSpec is how a gateway checks the health of the members of a pool. Times are in seconds.
type ProbeSpec struct {
	Host      string
	Path      string
	Port      int // 0 is the port of the settings
	Interval  int
	Timeout   int
	Unhealthy int
	Statuses  string // "200-399"
}
