package aws

import "github.com/headgate-io/headgate/model"

// Capabilities declares what Application Load Balancers can express, as far as this provider asks
// them to. Quotas are the defaults of "Quotas for your Application Load Balancers".
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
		{Kind: KindRule, Per: model.PerLoadBalancer, Max: 100 - stagingRoom, Name: "Rules per Application Load Balancer (100, two of them kept for staging)"},
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
		model.FeatureMixedPorts, model.FeatureHealthPort, model.FeatureStandalone,
	}
}

// differing are what an Application Load Balancer does in another way ("Condition types for
// listener rules").
func differing() map[model.Feature]string {
	return map[model.Feature]string{
		model.FeatureRegexpPath:     "an Application Load Balancer evaluates the expression with an engine of its own, without look-around, back references and Unicode classes",
		model.FeatureHeaderMatch:    "a header that is sent several times is compared line by line, not as one value",
		model.FeatureAffinityCookie: "an affinity without a time to live ends after a day: the load balancer's cookie has no session",
		model.FeatureQueryMatch:     "an Application Load Balancer compares query parameters without regard to case, and any of several of one name",
	}
}

// unsupported are what an Application Load Balancer has not, and what this provider does not do
// yet.
func unsupported() map[model.Feature]string {
	const yet = "not done yet by this provider"
	const l4 = "an Application Load Balancer serves HTTP and HTTPS only"
	return map[model.Feature]string{
		model.FeatureTLSPassthrough: l4, model.FeatureTCP: l4, model.FeatureUDP: l4, model.FeatureBackendL4: l4,
		model.FeatureIPv6: "an Application Load Balancer has no IPv6 without IPv4", model.FeatureDualStack: yet,
		model.FeatureStaticAddress:    "an Application Load Balancer has changing addresses under one name",
		model.FeatureClientValidation: yet,
		model.FeatureRegexpValue:      "an Application Load Balancer has no regular expressions for query parameters",
		model.FeatureRequestHeaders:   "an Application Load Balancer cannot change request headers",
		model.FeatureResponseHeaders:  "an Application Load Balancer cannot change response headers of a route",
		model.FeatureBackendFilters:   "an Application Load Balancer has no filters for a share of the requests",
		model.FeatureHostRewrite:      yet, model.FeaturePathRewrite: yet,
		model.FeatureMirror: "an Application Load Balancer does not mirror requests", model.FeatureCORS: "an Application Load Balancer does not answer preflight requests",
		model.FeatureRequestTimeout: "an Application Load Balancer has one idle timeout for all routes",
		model.FeatureBackendTimeout: "an Application Load Balancer has one idle timeout for all routes",
		model.FeatureRetry:          "an Application Load Balancer does not retry",
		model.FeatureRedirectPath:   yet, model.FeatureRedirectStatus: "an Application Load Balancer redirects with 301 and 302 only",
		model.FeatureTargetNode:   yet,
		model.FeatureBackendHTTP2: "an Application Load Balancer answers 464 to requests of HTTP/1.1 clients for an HTTP/2 target group",
		model.FeatureBackendGRPC:  yet, model.FeatureAffinityApp: yet,
		model.FeatureAffinityIP:   "an Application Load Balancer has no affinity by address",
		model.FeatureGroupTimeout: "an Application Load Balancer has one idle timeout for all target groups",
		model.FeatureHealthHost:   "an Application Load Balancer checks with the target's address as host",
	}
}
