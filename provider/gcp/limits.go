package gcp

import "github.com/headgate-io/headgate/model"

// Capabilities returns the features of global external and regional internal application load
// balancers that this provider supports (pages "URL maps overview", "Load balancer feature
// comparison", "Quotas and limits").
func (p *Provider) Capabilities() model.Capabilities {
	features := map[model.Feature]model.Support{}
	for _, f := range supported() {
		features[f] = model.Support{Level: model.Supported}
	}
	for f, reason := range unsupported() {
		features[f] = model.Support{Level: model.Unsupported, Reason: reason}
	}
	features[model.FeatureFixedResponse] = model.Support{Level: model.Differs,
		Reason: `the body of the response is "fault filter abort": Google Cloud has injected faults instead of fixed responses`}
	if p.options.Region == "" {
		features[model.FeatureInternal] = model.Support{Level: model.Unsupported, Reason: "internal load balancers are regional, and no region is configured"}
	}
	return model.Capabilities{Features: features}
}

func supported() []model.Feature {
	return []model.Feature{
		model.FeatureHTTPS, model.FeatureInternal, model.FeatureInternetFacing, model.FeatureStaticAddress, model.FeatureListenerHostname,
		model.FeatureCertificateRef, model.FeatureTLSPolicy, model.FeatureWildcardAnyLabels, model.FeatureExactRootPath, model.FeatureCaseSensitivePath,
		model.FeaturePathWildcardChars, model.FeatureHeaderMatch, model.FeatureQueryMatch, model.FeatureMethodMatch,
		model.FeatureRequestHeaders, model.FeatureResponseHeaders, model.FeatureHostRewrite, model.FeaturePathRewrite, model.FeatureRequestTimeout,
		model.FeatureWeights, model.FeatureNoBackend, model.FeatureNotFound, model.FeatureUnavailable, model.FeatureRedirect,
		model.FeatureRedirectHTTPS, model.FeatureRedirectPath, model.FeatureRedirectStatus, model.FeatureTargetNode,
		model.FeatureBackendHTTPS, model.FeatureBackendHTTP2, model.FeatureGroupTimeout, model.FeatureMixedPorts,
		model.FeatureHealthPort, model.FeatureHealthHost, model.FeatureStandalone,
	}
}

// unsupported returns the features that the cloud lacks or that the provider does not set yet, with
// the reason.
func unsupported() map[model.Feature]string {
	const (
		layer4   = "only application load balancers are supported, which serve HTTP and HTTPS"
		family   = "only IPv4 load balancers are supported so far"
		regexps  = "global external load balancers do not support regular expressions"
		notYet   = "it is not supported on Google Cloud yet"
		affinity = "session affinity is not supported on Google Cloud yet"
	)
	return map[model.Feature]string{
		model.FeatureTLSPassthrough: layer4, model.FeatureTCP: layer4, model.FeatureUDP: layer4, model.FeatureBackendL4: layer4,
		model.FeatureIPv6: family, model.FeatureDualStack: family,
		model.FeatureClientValidation: notYet, model.FeatureMirror: notYet, model.FeatureCORS: notYet,
		model.FeatureRetry: notYet, model.FeatureBackendTimeout: notYet, model.FeatureBackendFilters: notYet, model.FeatureBackendGRPC: notYet,
		model.FeatureRegexpPath: regexps, model.FeatureRegexpValue: regexps,
		model.FeatureWildcardOneLabel: "a wildcard host of a URL map matches any number of labels: *.example.com would also match a.b.example.com",
		model.FeatureFixedBody:        "the body of an injected fault cannot be set",
		model.FeatureRedirectPort:     "the port of a redirect in a URL map cannot be set",
		model.FeatureSlowStart:        "backend services have no slow start",
		model.FeatureAffinityCookie:   affinity, model.FeatureAffinityIP: affinity, model.FeatureAffinityApp: affinity,
	}
}
