package azuretest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// reference is a SubResource of the API.
type reference struct {
	ID string `json:"id"`
}

// name returns the last segment of the ID in lower case, which identifies a part.
func (r *reference) name() string {
	if r == nil {
		return ""
	}
	return strings.ToLower(lastSegment(r.ID))
}

// part is one named part of a gateway.
type part[P any] struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Properties P      `json:"properties"`
}

// gatewayConfig is the part of a gateway's document that the checks and the data plane use.
type gatewayConfig struct {
	Location   string `json:"location"`
	Properties struct {
		Sku                           *sku                      `json:"sku"`
		AutoscaleConfiguration        *autoscale                `json:"autoscaleConfiguration"`
		GatewayIPConfigurations       []part[gatewayIP]         `json:"gatewayIPConfigurations"`
		FrontendIPConfigurations      []part[frontendIP]        `json:"frontendIPConfigurations"`
		FrontendPorts                 []part[frontendPort]      `json:"frontendPorts"`
		SslCertificates               []part[sslCertificate]    `json:"sslCertificates"`
		TrustedRootCertificates       []part[rootCertificate]   `json:"trustedRootCertificates"`
		Probes                        []part[probe]             `json:"probes"`
		BackendAddressPools           []part[backendPool]       `json:"backendAddressPools"`
		BackendHTTPSettingsCollection []part[backendSettings]   `json:"backendHttpSettingsCollection"`
		HTTPListeners                 []part[httpListener]      `json:"httpListeners"`
		URLPathMaps                   []part[urlPathMap]        `json:"urlPathMaps"`
		RequestRoutingRules           []part[routingRule]       `json:"requestRoutingRules"`
		RedirectConfigurations        []part[redirect]          `json:"redirectConfigurations"`
		RewriteRuleSets               []part[rewriteRuleSet]    `json:"rewriteRuleSets"`
		LoadDistributionPolicies      []part[any]               `json:"loadDistributionPolicies"`
		TrustedClientCertificates     []part[clientCertificate] `json:"trustedClientCertificates"`
	} `json:"properties"`
}

type sku struct {
	Name     string `json:"name"`
	Tier     string `json:"tier"`
	Capacity *int   `json:"capacity"`
}

type autoscale struct {
	MinCapacity *int `json:"minCapacity"`
	MaxCapacity *int `json:"maxCapacity"`
}

type gatewayIP struct {
	Subnet *reference `json:"subnet"`
}

type frontendIP struct {
	PublicIPAddress           *reference `json:"publicIPAddress"`
	Subnet                    *reference `json:"subnet"`
	PrivateIPAddress          string     `json:"privateIPAddress"`
	PrivateIPAllocationMethod string     `json:"privateIPAllocationMethod"`
}

type frontendPort struct {
	Port int `json:"port"`
}

type sslCertificate struct {
	Data             string `json:"data"`
	Password         string `json:"password"`
	KeyVaultSecretID string `json:"keyVaultSecretId"`
}

type rootCertificate struct {
	Data             string `json:"data"`
	KeyVaultSecretID string `json:"keyVaultSecretId"`
}

type clientCertificate struct {
	Data string `json:"data"`
}

type probe struct {
	Protocol           string      `json:"protocol"`
	Host               string      `json:"host"`
	PickHostName       bool        `json:"pickHostNameFromBackendHttpSettings"`
	Path               string      `json:"path"`
	Interval           int         `json:"interval"`
	Timeout            int         `json:"timeout"`
	UnhealthyThreshold int         `json:"unhealthyThreshold"`
	Port               int         `json:"port"`
	MinServers         int         `json:"minServers"`
	Match              *probeMatch `json:"match"`
}

type probeMatch struct {
	Body        string   `json:"body"`
	StatusCodes []string `json:"statusCodes"`
}

type backendPool struct {
	BackendAddresses []backendAddress `json:"backendAddresses"`
}

type backendAddress struct {
	IPAddress string `json:"ipAddress"`
	FQDN      string `json:"fqdn"`
}

type backendSettings struct {
	Port                int          `json:"port"`
	Protocol            string       `json:"protocol"`
	CookieBasedAffinity string       `json:"cookieBasedAffinity"`
	AffinityCookieName  string       `json:"affinityCookieName"`
	RequestTimeout      int          `json:"requestTimeout"`
	ConnectionDraining  *draining    `json:"connectionDraining"`
	HostName            string       `json:"hostName"`
	PickHostName        bool         `json:"pickHostNameFromBackendAddress"`
	Path                string       `json:"path"`
	Probe               *reference   `json:"probe"`
	TrustedRoots        []*reference `json:"trustedRootCertificates"`
}

type draining struct {
	Enabled           bool `json:"enabled"`
	DrainTimeoutInSec int  `json:"drainTimeoutInSec"`
}

type httpListener struct {
	Protocol                string     `json:"protocol"`
	HostName                string     `json:"hostName"`
	HostNames               []string   `json:"hostNames"`
	FrontendIPConfiguration *reference `json:"frontendIPConfiguration"`
	FrontendPort            *reference `json:"frontendPort"`
	SslCertificate          *reference `json:"sslCertificate"`
	SslProfile              *reference `json:"sslProfile"`
}

// hosts returns the host names that the listener serves. A basic listener has none.
func (l httpListener) hosts() []string {
	if l.HostName != "" {
		return []string{l.HostName}
	}
	return l.HostNames
}

// destination is where a rule, a path rule or the default of a path map sends requests.
type destination struct {
	BackendAddressPool     *reference `json:"backendAddressPool"`
	BackendHTTPSettings    *reference `json:"backendHttpSettings"`
	RedirectConfiguration  *reference `json:"redirectConfiguration"`
	RewriteRuleSet         *reference `json:"rewriteRuleSet"`
	LoadDistributionPolicy *reference `json:"loadDistributionPolicy"`
}

type routingRule struct {
	destination
	RuleType     string     `json:"ruleType"`
	Priority     *int       `json:"priority"`
	HTTPListener *reference `json:"httpListener"`
	URLPathMap   *reference `json:"urlPathMap"`
}

type urlPathMap struct {
	DefaultBackendAddressPool     *reference       `json:"defaultBackendAddressPool"`
	DefaultBackendHTTPSettings    *reference       `json:"defaultBackendHttpSettings"`
	DefaultRedirectConfiguration  *reference       `json:"defaultRedirectConfiguration"`
	DefaultRewriteRuleSet         *reference       `json:"defaultRewriteRuleSet"`
	DefaultLoadDistributionPolicy *reference       `json:"defaultLoadDistributionPolicy"`
	PathRules                     []part[pathRule] `json:"pathRules"`
}

// fallback returns the default of the map as a destination.
func (m urlPathMap) fallback() destination {
	return destination{
		BackendAddressPool: m.DefaultBackendAddressPool, BackendHTTPSettings: m.DefaultBackendHTTPSettings,
		RedirectConfiguration: m.DefaultRedirectConfiguration, RewriteRuleSet: m.DefaultRewriteRuleSet,
		LoadDistributionPolicy: m.DefaultLoadDistributionPolicy,
	}
}

type pathRule struct {
	destination
	Paths []string `json:"paths"`
}

type redirect struct {
	RedirectType       string     `json:"redirectType"`
	TargetURL          string     `json:"targetUrl"`
	TargetListener     *reference `json:"targetListener"`
	IncludePath        bool       `json:"includePath"`
	IncludeQueryString bool       `json:"includeQueryString"`
}

type rewriteRuleSet struct {
	RewriteRules []rewriteRule `json:"rewriteRules"`
}

type rewriteRule struct {
	Name         string             `json:"name"`
	RuleSequence int                `json:"ruleSequence"`
	Conditions   []rewriteCondition `json:"conditions"`
	ActionSet    rewriteActions     `json:"actionSet"`
}

type rewriteCondition struct {
	Variable   string `json:"variable"`
	Pattern    string `json:"pattern"`
	IgnoreCase bool   `json:"ignoreCase"`
	Negate     bool   `json:"negate"`
}

type rewriteActions struct {
	RequestHeaders  []headerConfiguration `json:"requestHeaderConfigurations"`
	ResponseHeaders []headerConfiguration `json:"responseHeaderConfigurations"`
	URL             *urlConfiguration     `json:"urlConfiguration"`
}

type headerConfiguration struct {
	HeaderName  string `json:"headerName"`
	HeaderValue string `json:"headerValue"`
}

type urlConfiguration struct {
	ModifiedPath        string `json:"modifiedPath"`
	ModifiedQueryString string `json:"modifiedQueryString"`
	Reroute             bool   `json:"reroute"`
}

// readConfig parses a document whose shape has been checked.
func readConfig(document map[string]any) (*gatewayConfig, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("read gateway: %w", err)
	}
	c := new(gatewayConfig)
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, fmt.Errorf("read gateway: %w", err)
	}
	return c, nil
}

// find returns the properties of the part with this lower-case name.
func find[P any](parts []part[P], name string) *P {
	for i := range parts {
		if strings.EqualFold(parts[i].Name, name) {
			return &parts[i].Properties
		}
	}
	return nil
}

// nameOf returns the name of the part with this lower-case name, as it was written.
func nameOf[P any](parts []part[P], name string) string {
	for i := range parts {
		if strings.EqualFold(parts[i].Name, name) {
			return parts[i].Name
		}
	}
	return name
}
