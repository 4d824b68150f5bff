package gcp

import "github.com/headgate-io/headgate/model"

// HealthCheck is how the endpoints of groups are checked. Times are in seconds.
type HealthCheckSpec struct {
	Type      string `json:"type"` // HTTP, HTTPS or TCP
	Path      string `json:"requestPath,omitempty"`
	Host      string `json:"host,omitempty"`
	Port      int    `json:"port,omitempty"` // 0 is the serving port
	Interval  int    `json:"checkIntervalSec"`
	Timeout   int    `json:"timeoutSec"`
	Healthy   int    `json:"healthyThreshold"`
	Unhealthy int    `json:"unhealthyThreshold"`
}

// BackendService is one group of the model. Times are in seconds.
type BackendServiceSpec struct {
	Scheme      string `json:"loadBalancingScheme"`
	Protocol    string `json:"protocol"`
	Timeout     int    `json:"timeoutSec"`
	Draining    int    `json:"drainingTimeoutSec"`
	HealthCheck string `json:"healthCheck,omitempty"` // name, in the same place
}

// Endpoints is the membership of one backend service: its zonal network endpoint groups, which have
// the service's name, in the order of zones. The groups are part of the membership because which
// there are follows from where the endpoints are.
type NetworkEndpointsSpec struct {
	Zones []ZoneEndpoints `json:"zones"`
}

// ZoneEndpoints is one network endpoint group with its endpoints, ordered by address, port and
// instance.
type ZoneEndpoints struct {
	Zone    string            `json:"zone"`
	Members []NetworkEndpoint `json:"networkEndpoints"`
	// Loose tells of an observed group that it is no backend of the service, as a crash can leave
	// it.
	Loose bool `json:"loose,omitempty"`
}

// NetworkEndpoint is one pod on one instance.
type NetworkEndpoint struct {
	Instance string `json:"instance"`
	Address  string `json:"ipAddress"`
	Port     int    `json:"port"`
}

// Address is a static address.
type AddressSpec struct {
	Internal   bool   `json:"internal"`
	Subnetwork string `json:"subnetwork,omitempty"` // of an internal one
}

// Certificate is a self-managed certificate. The key is only there in a wanted one.
type SSLCertificateSpec struct {
	PEM string       `json:"certificate"`
	Key model.Secret `json:"-"`
}

// Proxy is a target HTTP or HTTPS proxy.
type TargetProxySpec struct {
	URLMap       string   `json:"urlMap"`                    // name, in the same place
	Certificates []string `json:"sslCertificates,omitempty"` // links
	Policy       string   `json:"sslPolicy,omitempty"`       // name, in the same place
}

// SSLPolicy is the least TLS version of a proxy.
type SSLPolicySpec struct {
	Profile    string `json:"profile"`
	MinVersion string `json:"minTlsVersion"`
}

// ForwardingRule is one port of the address.
type ForwardingRuleSpec struct {
	Port   int    `json:"port"`
	Target string `json:"target"` // link of the proxy
	Scheme string `json:"loadBalancingScheme"`
	// Static is an address that the user named; it is used at the insert and is not observed.
	Static string `json:"-"`
}

// URLMap is all routes of one port.
type URLMapSpec struct {
	Default  Outcome   `json:"default"`
	Matchers []Matcher `json:"pathMatchers,omitempty"`
	// Others are the paths of members that somebody else has set; never in a wanted map.
	Others []string `json:"others,omitempty"`
}

// Matcher is a path matcher with the hosts that lead to it.
type Matcher struct {
	Name    string   `json:"name"`
	Hosts   []string `json:"hosts"`
	Default Outcome  `json:"default"`
	Rules   []Rule   `json:"routeRules,omitempty"` // in the order of priority
}

// Rule is a route rule. Any of its matches suffices.
type Rule struct {
	Matches []Match       `json:"matchRules"`
	Outcome Outcome       `json:"action"`
	Headers *HeaderAction `json:"headerAction,omitempty"`
}

// Match is one match rule: a full path, a prefix or a template, and conditions that all hold.
type Match struct {
	Full   string `json:"fullPathMatch,omitempty"`
	Prefix string `json:"prefixMatch,omitempty"`
	// Template is a path template whose last segment stands for all that is below.
	Template string  `json:"pathTemplateMatch,omitempty"`
	Headers  []Value `json:"headerMatches,omitempty"`
	Query    []Value `json:"queryParameterMatches,omitempty"`
}

// Value is a condition on a header or query parameter: exact, or present where Present is set.
type Value struct {
	Name    string `json:"name"`
	Exact   string `json:"exactMatch,omitempty"`
	Present bool   `json:"presentMatch,omitempty"`
}

// Outcome is what a rule or default does: services by weight, a redirect, or a fault, which names a
// service all the same.
type Outcome struct {
	Services []Share   `json:"weightedBackendServices,omitempty"`
	Redirect *Redirect `json:"urlRedirect,omitempty"`
	Fault    int       `json:"abortStatus,omitempty"`
	Host     string    `json:"hostRewrite,omitempty"`
	// Prefix replaces what of the path was matched, Template the whole path below a matched
	// template.
	Prefix   string `json:"pathPrefixRewrite,omitempty"`
	Template string `json:"pathTemplateRewrite,omitempty"`
	Millis   int64  `json:"timeoutMillis,omitempty"`
}

// Share is a backend service, by name in the same place, and its weight.
type Share struct {
	Service string `json:"backendService"`
	Weight  int    `json:"weight"`
}

// Redirect is a URL redirect.
type Redirect struct {
	HTTPS  bool   `json:"httpsRedirect,omitempty"`
	Host   string `json:"hostRedirect,omitempty"`
	Path   string `json:"pathRedirect,omitempty"`
	Prefix string `json:"prefixRedirect,omitempty"`
	Status int    `json:"status"`
}

// HeaderAction changes the headers of request and response.
type HeaderAction struct {
	RequestAdd     []Header `json:"requestHeadersToAdd,omitempty"`
	RequestRemove  []string `json:"requestHeadersToRemove,omitempty"`
	ResponseAdd    []Header `json:"responseHeadersToAdd,omitempty"`
	ResponseRemove []string `json:"responseHeadersToRemove,omitempty"`
}

// Header is one header to add, or to set where Replace is true.
type Header struct {
	Name    string `json:"headerName"`
	Value   string `json:"headerValue"`
	Replace bool   `json:"replace,omitempty"`
}
