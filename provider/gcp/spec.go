package gcp

import "github.com/headgate-io/headgate/model"

// HealthCheckSpec is a health check. Times are in seconds.
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

// BackendServiceSpec is one group of the model. Times are in seconds.
type BackendServiceSpec struct {
	Scheme      string `json:"loadBalancingScheme"`
	Protocol    string `json:"protocol"`
	Timeout     int    `json:"timeoutSec"`
	Draining    int    `json:"drainingTimeoutSec"`
	HealthCheck string `json:"healthCheck,omitempty"` // name, in the same place
}

// NetworkEndpointsSpec is the membership of one backend service: its zonal network endpoint groups,
// which have the name of the service, ordered by zone. The groups belong to the membership because
// the endpoints determine their zones.
type NetworkEndpointsSpec struct {
	Zones []ZoneEndpoints `json:"zones"`
}

// ZoneEndpoints is one network endpoint group with its endpoints, ordered by address, port and
// instance.
type ZoneEndpoints struct {
	Zone    string            `json:"zone"`
	Members []NetworkEndpoint `json:"networkEndpoints"`
	// Unused is true for an observed group that is not a backend of the service, as after a crash.
	Unused bool `json:"unused,omitempty"`
}

// NetworkEndpoint is the address of one pod and the instance that the pod runs on.
type NetworkEndpoint struct {
	Instance string `json:"instance"`
	Address  string `json:"ipAddress"`
	Port     int    `json:"port"`
}

// AddressSpec is a static IP address.
type AddressSpec struct {
	Internal   bool   `json:"internal"`
	Subnetwork string `json:"subnetwork,omitempty"` // of an internal one
}

// SSLCertificateSpec is a self-managed certificate. An observed one has no key.
type SSLCertificateSpec struct {
	Name string       `json:"name"` // of the model's certificate
	PEM  string       `json:"certificate"`
	Key  model.Secret `json:"-"`
}

// CertificateReferenceSpec is the reference of a proxy to a certificate that the user created.
// Headgate checks that the certificate exists, and never changes it.
type CertificateReferenceSpec struct {
	Link string `json:"link"`
}

// TargetProxySpec is a target HTTP or HTTPS proxy.
type TargetProxySpec struct {
	URLMap       string   `json:"urlMap"`                    // name, in the same place
	Certificates []string `json:"sslCertificates,omitempty"` // links
	Policy       string   `json:"sslPolicy,omitempty"`       // name, in the same place
}

// SSLPolicySpec is the minimum TLS version of a proxy.
type SSLPolicySpec struct {
	Profile    string `json:"profile"`
	MinVersion string `json:"minTlsVersion"`
}

// ForwardingRuleSpec is one port of an address.
type ForwardingRuleSpec struct {
	Port   int    `json:"port"`
	Target string `json:"target"` // link of the proxy
	Scheme string `json:"loadBalancingScheme"`
	// Static is an address that the user named. It is set at creation and is not observed.
	Static string `json:"-"`
}

// URLMapSpec is all routes of one port.
type URLMapSpec struct {
	Default  Outcome   `json:"default"`
	Matchers []Matcher `json:"pathMatchers,omitempty"`
	// Others are the paths of fields that were set outside Headgate. A wanted map has none.
	Others []string `json:"others,omitempty"`
}

// Matcher is a path matcher with its hosts.
type Matcher struct {
	Name    string   `json:"name"`
	Hosts   []string `json:"hosts"`
	Default Outcome  `json:"default"`
	Rules   []Rule   `json:"routeRules,omitempty"` // in the order of priority
}

// Rule is a route rule. It applies if any of its matches does.
type Rule struct {
	Matches []Match       `json:"matchRules"`
	Outcome Outcome       `json:"action"`
	Headers *HeaderAction `json:"headerAction,omitempty"`
}

// Match is one match rule: a full path, a prefix or a template, and conditions, all of which must
// be true.
type Match struct {
	Full   string `json:"fullPathMatch,omitempty"`
	Prefix string `json:"prefixMatch,omitempty"`
	// Template is a path template whose last segment matches any number of segments.
	Template string  `json:"pathTemplateMatch,omitempty"`
	Headers  []Value `json:"headerMatches,omitempty"`
	Query    []Value `json:"queryParameterMatches,omitempty"`
}

// Value is a condition on a header or query parameter: an exact value, or any value if Present is
// true.
type Value struct {
	Name    string `json:"name"`
	Exact   string `json:"exactMatch,omitempty"`
	Present bool   `json:"presentMatch,omitempty"`
}

// Outcome is the action of a rule or default: weighted services, a redirect, or an injected fault.
// A fault names a service too, because the API requires one.
type Outcome struct {
	Services []Share   `json:"weightedBackendServices,omitempty"`
	Redirect *Redirect `json:"urlRedirect,omitempty"`
	Fault    int       `json:"abortStatus,omitempty"`
	Host     string    `json:"hostRewrite,omitempty"`
	// Prefix replaces the matched part of the path. Template replaces the whole path after a match
	// of a template.
	Prefix   string `json:"pathPrefixRewrite,omitempty"`
	Template string `json:"pathTemplateRewrite,omitempty"`
	Millis   int64  `json:"timeoutMillis,omitempty"`
}

// Share is the name of a backend service in the same place, and its weight.
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

// Header is one header to add, or to set if Replace is true.
type Header struct {
	Name    string `json:"headerName"`
	Value   string `json:"headerValue"`
	Replace bool   `json:"replace,omitempty"`
}
