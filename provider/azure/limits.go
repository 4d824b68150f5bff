package azure

import "github.com/headgate-io/headgate/model"

// The bounds of single values (Azure subscription limits, Application Gateway; HTTP settings
// configuration).
const (
	maxPathRules    = 100
	maxPoolMembers  = 1200
	defaultDraining = 30 // seconds
	defaultTimeout  = 60 // seconds that a reply may take
)

// Capabilities declares what Application Gateway v2 can express. Pages are named by title.
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
		// by a rule for deeper names ahead (Application Gateway multi-site hosting)
		model.FeatureWildcardOneLabel,
		model.FeatureWildcardAnyLabels, // as above
		// see Refuse for hosts that cannot be redirected
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

// differing is what is served with a deviation.
func (p *Provider) differing() map[model.Feature]string {
	differing := map[model.Feature]string{
		model.FeatureCaseSensitivePath: "Application Gateway compares paths without case",
		model.FeatureNotFound:          "Application Gateway has no fixed responses: an unmatched path of a known host is answered with 502, as is what lies deeper below a wildcard host of one label",
		model.FeatureUnavailable:       "Application Gateway has no fixed responses: the answer is 502",
		model.FeatureNoBackend:         "a pool without members is answered with 502",
		model.FeatureAffinityCookie:    "the cookie of Application Gateway lasts for the session, whatever the TTL",
	}
	if p.options.Gateway != "" {
		differing[model.FeatureInternal] = "the shared gateway must have a private frontend address"
	}
	return differing
}

// unsupported is what is refused, and why.
func (p *Provider) unsupported() map[model.Feature]string {
	const (
		notYet   = "not done yet"
		noMatch  = "Application Gateway chooses by host and path only"
		noLayer4 = "not done yet: only HTTP and HTTPS"
	)
	refused := map[model.Feature]string{
		model.FeatureTLSPassthrough: noLayer4, model.FeatureTCP: noLayer4, model.FeatureUDP: "Application Gateway has no UDP",
		model.FeatureIPv6: notYet, model.FeatureDualStack: notYet,
		model.FeatureTLSPolicy:         "the TLS policy belongs to the whole gateway",
		model.FeatureCertificateRef:    "not done yet: a Key Vault reference needs an identity of the gateway",
		model.FeatureClientValidation:  notYet,
		model.FeatureExactRootPath:     `Application Gateway refuses the path "/" in a path rule`,
		model.FeatureRegexpPath:        "Application Gateway has no regular expressions for paths",
		model.FeaturePathWildcardChars: `"*" is a wildcard in a path rule`,
		model.FeatureHeaderMatch:       noMatch, model.FeatureQueryMatch: noMatch, model.FeatureMethodMatch: noMatch, model.FeatureRegexpValue: noMatch,
		model.FeatureRequestHeaders: notYet, model.FeatureResponseHeaders: notYet, model.FeatureBackendFilters: "filters of one share need weights",
		model.FeatureHostRewrite: notYet, model.FeaturePathRewrite: notYet,
		model.FeatureMirror: "Application Gateway does not mirror", model.FeatureCORS: "Application Gateway does not answer preflight requests",
		model.FeatureRequestTimeout: "the timeout belongs to the group", model.FeatureBackendTimeout: "the timeout belongs to the group",
		model.FeatureRetry:          "Application Gateway's retries cannot be configured",
		model.FeatureWeights:        "Application Gateway v2 has no weights",
		model.FeatureFixedResponse:  "Application Gateway has no fixed responses",
		model.FeatureFixedBody:      "Application Gateway has no fixed responses",
		model.FeatureRedirectPath:   "Application Gateway cannot replace a prefix in a redirect",
		model.FeatureRedirectStatus: "Application Gateway has no 308",
		model.FeatureBackendHTTPS:   "not done yet: Application Gateway verifies the certificate of a backend, and needs its authority and host name",
		model.FeatureBackendHTTP2:   "Application Gateway speaks HTTP/1.1 with backends", model.FeatureBackendGRPC: "Application Gateway speaks HTTP/1.1 with backends",
		model.FeatureBackendL4:  noLayer4,
		model.FeatureAffinityIP: "Application Gateway knows sessions by cookie only", model.FeatureAffinityApp: "Application Gateway makes its own cookie",
		model.FeatureMixedPorts: "backend settings have one port for all members of a pool",
		model.FeatureStandalone: "a pool lives in a gateway, and is of no use without a rule",
	}
	if p.options.Gateway != "" {
		refused[model.FeatureStaticAddress] = "the address is that of the shared gateway"
	}
	return refused
}

// quotas are those of a Standard_v2 gateway (Azure subscription limits, Application Gateway). A WAF
// gateway with a core rule set of 3.1 or older has 40 where there are 100.
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
