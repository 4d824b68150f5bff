package aws

import "github.com/headgate-io/headgate/model"

// Capabilities declares what this provider can express with Application Load Balancers. The quotas
// are the defaults of "Quotas for your Application Load Balancers".
func (p *Provider) Capabilities() model.Capabilities {
	features := map[model.Feature]model.Support{}
	for _, f := range supported() {
		features[f] = model.Support{Level: model.Supported}
	}
	for f, reason := range differing() {
		features[f] = model.Support{Level: model.Differs, Reason: reason}
	}
	for f, reason := range unsupported() {
		features[f] = model.Support{Level: model.Unsupported, Reason: reason}
	}
	return model.Capabilities{Features: features, Quotas: []model.Quota{
		{Kind: KindRule, Per: model.PerLoadBalancer, Max: 100 - stagingRoom, Name: "Rules per Application Load Balancer (100, two of them reserved for staging)"},
		{Kind: KindListener, Per: model.PerLoadBalancer, Max: 50, Name: "Listeners per Application Load Balancer"},
		{Kind: KindTargetGroup, Per: model.PerLoadBalancer, Max: 100, Name: "Target Groups per Application Load Balancer"},
		{Kind: KindLoadBalancer, Per: model.PerCluster, Max: 50, Name: "Application Load Balancers per Region"},
	}}
}

func supported() []model.Feature {
	return []model.Feature{
		model.FeatureHTTPS, model.FeatureInternal, model.FeatureInternetFacing, model.FeatureListenerHostname, model.FeatureTLSPolicy,
		model.FeatureCertificateRef, model.FeatureWildcardOneLabel, model.FeatureWildcardAnyLabels, model.FeatureExactRootPath,
		model.FeatureCaseSensitivePath, model.FeaturePathWildcardChars, model.FeatureMethodMatch, model.FeatureWeights,
		model.FeatureNoBackend, model.FeatureFixedResponse, model.FeatureNotFound, model.FeatureUnavailable, model.FeatureFixedBody,
		model.FeatureRedirect, model.FeatureRedirectHTTPS, model.FeatureRedirectPort, model.FeatureBackendHTTPS,
		model.FeatureMixedPorts, model.FeatureSlowStart, model.FeatureHealthPort, model.FeatureStandalone,
	}
}

// differing returns the features that an Application Load Balancer implements in another way, and
// how ("Condition types for listener rules").
func differing() map[model.Feature]string {
	return map[model.Feature]string{
		model.FeatureRegexpPath:     "an Application Load Balancer uses its own regular expression engine, without look-around, back references and Unicode classes",
		model.FeatureHeaderMatch:    "if a header is sent several times, each line is compared on its own",
		model.FeatureAffinityCookie: "an affinity without a time to live ends after a day, because the cookie of the load balancer always expires",
		model.FeatureQueryMatch:     "an Application Load Balancer ignores the case of query parameters, and any of several parameters of one name can match",
	}
}

// unsupported returns the features that an Application Load Balancer lacks, or that this provider
// does not use yet, and why.
func unsupported() map[model.Feature]string {
	const yet = "this provider does not support it yet"
	const l4 = "an Application Load Balancer serves HTTP and HTTPS only"
	return map[model.Feature]string{
		model.FeatureTLSPassthrough: l4, model.FeatureTCP: l4, model.FeatureUDP: l4, model.FeatureBackendL4: l4,
		model.FeatureIPv6: "an Application Load Balancer cannot have IPv6 without IPv4", model.FeatureDualStack: yet,
		model.FeatureStaticAddress:    "the addresses of an Application Load Balancer change",
		model.FeatureClientValidation: yet,
		model.FeatureRegexpValue:      "an Application Load Balancer has no regular expressions for query parameters",
		model.FeatureRequestHeaders:   "an Application Load Balancer cannot change request headers",
		model.FeatureResponseHeaders:  "an Application Load Balancer cannot change response headers of a route",
		model.FeatureBackendFilters:   "an Application Load Balancer has no filters for one target group of a forward action",
		model.FeatureHostRewrite:      yet, model.FeaturePathRewrite: yet,
		model.FeatureMirror: "an Application Load Balancer does not mirror requests", model.FeatureCORS: "an Application Load Balancer does not respond to preflight requests",
		model.FeatureRequestTimeout: "an Application Load Balancer has one idle timeout for all routes",
		model.FeatureBackendTimeout: "an Application Load Balancer has one idle timeout for all routes",
		model.FeatureRetry:          "an Application Load Balancer does not retry",
		model.FeatureRedirectPath:   yet, model.FeatureRedirectStatus: "an Application Load Balancer redirects with 301 and 302 only",
		model.FeatureTargetNode:   yet,
		model.FeatureBackendHTTP2: "an Application Load Balancer responds with status 464 to HTTP/1.1 requests for an HTTP/2 target group",
		model.FeatureBackendGRPC:  yet, model.FeatureAffinityApp: yet,
		model.FeatureAffinityIP:   "an Application Load Balancer has no affinity by client address",
		model.FeatureGroupTimeout: "an Application Load Balancer has one idle timeout for all target groups",
		model.FeatureHealthHost:   "an Application Load Balancer sends health checks with the address of the target as host",
	}
}
