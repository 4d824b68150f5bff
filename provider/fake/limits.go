package fake

import (
	"slices"

	"github.com/headgate-io/headgate/model"
)

// Capabilities returns what the data plane of the cloud supports, and the quotas of the options.
func (p *Provider) Capabilities() model.Capabilities {
	features := make(map[model.Feature]model.Support, len(supported()))
	for _, f := range supported() {
		if !slices.Contains(p.options.Without, f) {
			features[f] = model.Support{Level: model.Supported}
		}
	}
	for _, f := range model.AllFeatures() {
		if features[f].Level != model.Supported {
			features[f] = model.Support{Reason: "the cloud in memory does not support it"}
		}
	}
	return model.Capabilities{Features: features, Quotas: p.options.Quotas}
}

func supported() []model.Feature {
	return []model.Feature{
		model.FeatureHTTPS, model.FeatureInternal, model.FeatureInternetFacing, model.FeatureWildcardOneLabel, model.FeatureWildcardAnyLabels,
		model.FeatureExactRootPath, model.FeatureCaseSensitivePath, model.FeatureRegexpPath, model.FeaturePathWildcardChars,
		model.FeatureMethodMatch, model.FeatureWeights, model.FeatureNoBackend, model.FeatureFixedResponse, model.FeatureNotFound,
		model.FeatureUnavailable, model.FeatureFixedBody, model.FeatureRedirect, model.FeatureRedirectHTTPS, model.FeatureRedirectPort,
		model.FeatureRedirectStatus, model.FeatureGroupTimeout, model.FeatureMixedPorts, model.FeatureHealthPort, model.FeatureHealthHost,
		model.FeatureBackendHTTPS, model.FeatureStandalone,
	}
}
