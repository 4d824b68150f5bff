package azure

import "github.com/headgate-io/headgate/model"

// Limits and defaults of single values (Azure subscription limits, Application Gateway; HTTP
// settings configuration).
const (
	maxPathRules    = 100
	maxPoolMembers  = 1200
	defaultDraining = 30 // seconds
	defaultTimeout  = 60 // seconds until the reply
)

// Capabilities returns what Application Gateway v2 can express, and its quotas.
func (p *Provider) Capabilities() model.Capabilities {
	features := p.supported()
	for f, reason := range p.differing() {
		features[f] = model.Support{Level: model.Differs, Reason: reason}
	}
	for f, reason := range p.unsupported() {
		features[f] = model.Support{Level: model.Unsupported, Reason: reason}
	}
	return model.Capabilities{Features: features, Quotas: quotas()}
}

func (p *Provider) supported() map[model.Feature]model.Support {
	features := map[model.Feature]model.Support{}
	for _, f := range []model.Feature{
		model.FeatureHTTPS, model.FeatureInternetFacing, model.FeatureListenerHostname,
		// A wildcard spans labels, so a rule for deeper names comes first (Application Gateway
		// multi-site hosting).
		model.FeatureWildcardOneLabel, model.FeatureWildcardAnyLabels,
		// Refuse names the hosts that cannot be redirected.
		model.FeatureRedirectHTTPS, model.FeatureRedirect, model.FeatureRedirectPort,
		model.FeatureTargetNode, model.FeatureGroupTimeout, model.FeatureHealthPort, model.FeatureHealthHost,
	} {
		features[f] = model.Support{Level: model.Supported}
	}
	if p.options.Gateway == "" {
		features[model.FeatureStaticAddress] = model.Support{Level: model.Supported}
		features[model.FeatureInternal] = model.Support{Level: model.Supported}
	}
	return features
}

// differing returns the features that are served with a deviation, and the deviation.
func (p *Provider) differing() map[model.Feature]string {
	differing := map[model.Feature]string{
		model.FeatureCaseSensitivePath: "Application Gateway compares paths without case",
		model.FeatureNotFound:          "Application Gateway has no fixed responses: it answers with 502 if no route of a known host matches the path, and for names more than one label below a wildcard host",
		model.FeatureUnavailable:       "Application Gateway has no fixed responses: it answers with 502",
		model.FeatureNoBackend:         "Application Gateway answers with 502 if a pool has no members",
		model.FeatureAffinityCookie:    "the cookie of Application Gateway lasts for the session; the TTL has no effect",
	}
	if p.options.Gateway != "" {
		differing[model.FeatureInternal] = "the shared gateway must have a private frontend address"
	}
	return differing
}

// unsupported returns the features that are refused, and the reason.
func (p *Provider) unsupported() map[model.Feature]string {
	const (
		notYet   = "not supported by this provider yet"
		noMatch  = "routing rules of Application Gateway match requests by host and path only, and this provider does not write rewrite rules, which can choose by more"
		http1    = "Application Gateway sends requests to backends over HTTP/1.1"
		noLayer4 = "this provider supports only HTTP and HTTPS"
	)
	refused := map[model.Feature]string{
		model.FeatureTLSPassthrough: noLayer4, model.FeatureTCP: noLayer4, model.FeatureUDP: "Application Gateway does not support UDP",
		model.FeatureIPv6: notYet, model.FeatureDualStack: notYet,
		model.FeatureTLSPolicy:         "this provider does not write SSL profiles yet, which set the TLS policy of a listener; the policy of the gateway applies",
		model.FeatureCertificateRef:    "this provider does not support Key Vault references, which need an identity of the gateway",
		model.FeatureClientValidation:  notYet,
		model.FeatureExactRootPath:     `Application Gateway refuses the path "/" in a path rule`,
		model.FeatureRegexpPath:        "Application Gateway has no regular expressions for paths",
		model.FeaturePathWildcardChars: `"*" is a wildcard in a path rule`,
		model.FeatureHeaderMatch:       noMatch, model.FeatureQueryMatch: noMatch, model.FeatureMethodMatch: noMatch, model.FeatureRegexpValue: noMatch,
		model.FeatureRequestHeaders: notYet, model.FeatureResponseHeaders: notYet, model.FeatureBackendFilters: "filters of a single backend need weights, which Application Gateway v2 does not have",
		model.FeatureHostRewrite: notYet, model.FeaturePathRewrite: notYet,
		model.FeatureMirror: "Application Gateway does not mirror", model.FeatureCORS: "Application Gateway does not answer preflight requests",
		model.FeatureRequestTimeout: "the timeout belongs to the group", model.FeatureBackendTimeout: "the timeout belongs to the group",
		model.FeatureRetry:          "Application Gateway's retries cannot be configured",
		model.FeatureWeights:        "Application Gateway v2 has no weights",
		model.FeatureFixedResponse:  "Application Gateway has no fixed responses",
		model.FeatureFixedBody:      "Application Gateway has no fixed responses",
		model.FeatureRedirectPath:   "Application Gateway cannot replace a prefix in a redirect",
		model.FeatureRedirectStatus: "this provider supports 301 and 302; Application Gateway has no 308",
		model.FeatureBackendHTTPS:   "this provider does not support HTTPS to backends: Application Gateway verifies their certificates and needs the certificate authority and the host name",
		model.FeatureBackendHTTP2:   http1, model.FeatureBackendGRPC: http1,
		model.FeatureBackendL4:  noLayer4,
		model.FeatureAffinityIP: "Application Gateway supports session affinity by cookie only", model.FeatureAffinityApp: "Application Gateway sets its own cookie",
		model.FeatureSlowStart:  "Application Gateway has no slow start",
		model.FeatureMixedPorts: "backend settings have one port for all members of a pool",
		model.FeatureStandalone: "a pool is part of a gateway and needs a rule",
	}
	if p.options.Gateway != "" {
		refused[model.FeatureStaticAddress] = "the address is that of the shared gateway"
	}
	return refused
}

// quotas returns the limits of a Standard_v2 gateway (Azure subscription limits, Application
// Gateway). For a WAF gateway with core rule set 3.1 or older, the limits of 100 are 40.
func quotas() []model.Quota {
	return []model.Quota{
		{Kind: KindPool, Per: model.PerWriteScope, Max: 100, Name: "Back-end address pools"},
		{Kind: KindSettings, Per: model.PerWriteScope, Max: 100, Name: "Back-end HTTP settings"},
		{Kind: KindListener, Per: model.PerWriteScope, Max: 100, Name: "Active HTTP listeners"},
		{Kind: KindCertificate, Per: model.PerWriteScope, Max: 100, Name: "SSL certificates"},
		{Kind: KindRedirect, Per: model.PerWriteScope, Max: 100, Name: "Redirect configurations"},
		{Kind: KindRule, Per: model.PerWriteScope, Max: 400, Name: "Request routing rules"},
	}
}
