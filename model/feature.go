package model

// Feature is something that a model can use and that a cloud may lack.
type Feature string

// The features, in the order of the model. Plain HTTP on any port, exact and prefix paths, exact
// hosts and forwarding to one group of pods over HTTP are not features, since every provider must
// support them.
const (
	FeatureHTTPS            Feature = "HTTPS"
	FeatureTLSPassthrough   Feature = "TLSPassthrough"
	FeatureTCP              Feature = "TCP"
	FeatureUDP              Feature = "UDP"
	FeatureInternal         Feature = "Internal"
	FeatureInternetFacing   Feature = "InternetFacing"
	FeatureIPv6             Feature = "IPv6"
	FeatureDualStack        Feature = "DualStack"
	FeatureStaticAddress    Feature = "StaticAddress"
	FeatureListenerHostname Feature = "ListenerHostname"
	FeatureTLSPolicy        Feature = "TLSPolicy"
	FeatureCertificateRef   Feature = "CertificateReference"
	FeatureClientValidation Feature = "ClientValidation"

	FeatureWildcardOneLabel  Feature = "WildcardHostOneLabel"
	FeatureWildcardAnyLabels Feature = "WildcardHostAnyLabels"
	FeatureExactRootPath     Feature = "ExactRootPath"     // an exact match of "/"
	FeatureCaseSensitivePath Feature = "CaseSensitivePath" // asked for by every path with a letter
	FeatureRegexpPath        Feature = "RegularExpressionPath"
	FeaturePathWildcardChars Feature = "PathWithWildcardCharacters" // "*" or "?" as themselves
	FeatureHeaderMatch       Feature = "HeaderMatch"
	FeatureQueryMatch        Feature = "QueryMatch"
	FeatureMethodMatch       Feature = "MethodMatch"
	FeatureRegexpValue       Feature = "RegularExpressionValue"

	FeatureRequestHeaders  Feature = "RequestHeaderChange"
	FeatureResponseHeaders Feature = "ResponseHeaderChange"
	FeatureBackendFilters  Feature = "BackendFilters"
	FeatureHostRewrite     Feature = "HostRewrite"
	FeaturePathRewrite     Feature = "PathRewrite"
	FeatureMirror          Feature = "Mirror"
	FeatureCORS            Feature = "CORS"
	FeatureRequestTimeout  Feature = "RequestTimeout" // of a route
	FeatureBackendTimeout  Feature = "BackendTimeout"
	FeatureRetry           Feature = "Retry"

	FeatureWeights Feature = "Weights"
	// a forward with no weight at all, or to a group without endpoints: 503
	FeatureNoBackend      Feature = "NoBackend"
	FeatureFixedResponse  Feature = "FixedResponse"  // any fixed response but a bare 404 or 503
	FeatureNotFound       Feature = "NotFound"       // a bare 404
	FeatureUnavailable    Feature = "Unavailable"    // a bare 503
	FeatureFixedBody      Feature = "FixedBody"      // a fixed response with a body
	FeatureRedirect       Feature = "Redirect"       // any redirect but to HTTPS
	FeatureRedirectHTTPS  Feature = "RedirectHTTPS"  // same host, path and query; 301 or 302
	FeatureRedirectPath   Feature = "RedirectPath"   // a redirect that replaces the path
	FeatureRedirectPort   Feature = "RedirectPort"   // a redirect to a port
	FeatureRedirectStatus Feature = "RedirectStatus" // 303, 307 or 308

	FeatureTargetNode     Feature = "TargetNode"
	FeatureBackendHTTPS   Feature = "BackendHTTPS"
	FeatureBackendHTTP2   Feature = "BackendHTTP2"
	FeatureBackendGRPC    Feature = "BackendGRPC"
	FeatureBackendL4      Feature = "BackendL4"
	FeatureAffinityCookie Feature = "AffinityCookie" // made by the load balancer
	FeatureAffinityIP     Feature = "AffinityClientIP"
	FeatureAffinityApp    Feature = "AffinityAppCookie" // a cookie of the application
	FeatureGroupTimeout   Feature = "GroupTimeout"
	FeatureSlowStart      Feature = "SlowStart"
	// endpoints of one group that differ in port
	FeatureMixedPorts Feature = "MixedEndpointPorts"
	FeatureHealthPort Feature = "HealthCheckPort"
	FeatureHealthHost Feature = "HealthCheckHost"
	FeatureStandalone Feature = "StandaloneGroups" // groups without a listener
)

// AllFeatures returns every feature, so that a test can require a provider to declare each of them.
func AllFeatures() []Feature {
	return []Feature{
		FeatureHTTPS, FeatureTLSPassthrough, FeatureTCP, FeatureUDP, FeatureInternal, FeatureInternetFacing, FeatureIPv6,
		FeatureDualStack, FeatureStaticAddress, FeatureListenerHostname, FeatureTLSPolicy, FeatureCertificateRef,
		FeatureClientValidation, FeatureWildcardOneLabel, FeatureWildcardAnyLabels, FeatureExactRootPath,
		FeatureCaseSensitivePath, FeatureRegexpPath, FeaturePathWildcardChars, FeatureHeaderMatch, FeatureQueryMatch,
		FeatureMethodMatch, FeatureRegexpValue, FeatureRequestHeaders, FeatureResponseHeaders, FeatureBackendFilters,
		FeatureHostRewrite, FeaturePathRewrite, FeatureMirror, FeatureCORS, FeatureRequestTimeout, FeatureBackendTimeout,
		FeatureRetry, FeatureWeights, FeatureNoBackend, FeatureFixedResponse, FeatureNotFound, FeatureUnavailable,
		FeatureFixedBody, FeatureRedirect, FeatureRedirectHTTPS, FeatureRedirectPath, FeatureRedirectPort,
		FeatureRedirectStatus, FeatureTargetNode, FeatureBackendHTTPS, FeatureBackendHTTP2, FeatureBackendGRPC,
		FeatureBackendL4, FeatureAffinityCookie, FeatureAffinityIP, FeatureAffinityApp, FeatureGroupTimeout, FeatureSlowStart,
		FeatureMixedPorts, FeatureHealthPort, FeatureHealthHost, FeatureStandalone,
	}
}

// Level is how well a provider supports a feature. The zero value is Unsupported, so that an
// undeclared feature is refused.
type Level uint8

// The levels.
const (
	Unsupported Level = iota
	Differs           // served, with a deviation that the reason states
	Supported
)

// Support is the declaration of a provider for one feature.
type Support struct {
	Level  Level
	Reason string // why not, or how it differs; empty for Supported
}

// Capabilities are the declarations of a provider.
type Capabilities struct {
	Features map[Feature]Support // what is absent is unsupported
	Quotas   []Quota
}

// A Quota limits the number of resources of one kind.
type Quota struct {
	Kind string // of a provider's resource
	Per  QuotaScope
	Max  int
	Name string // as the vendor names it, for messages
}

// QuotaScope is the scope that a quota applies to.
type QuotaScope string

// The scopes of a quota.
const (
	PerLoadBalancer QuotaScope = "load balancer"
	PerWriteScope   QuotaScope = "write scope" // what travels in one write
	PerCluster      QuotaScope = "cluster"
)
