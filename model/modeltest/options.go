package modeltest

import (
	"cmp"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// Options limit what is generated. The zero value allows every feature, in small numbers.
type Options struct {
	// Features are those that a load balancer may use; nil allows all of them. Exact hosts, exact
	// and prefix paths are always used. Without FeatureNotFound every listener forwards by default.
	Features []model.Feature
	// MaxListeners, MaxRoutes (for each listener), MaxGroups and MaxEndpoints (for each group)
	// limit the size; zero means 3, 8, 5 and 4.
	MaxListeners, MaxRoutes, MaxGroups, MaxEndpoints int
}

// Supported returns what a provider supports without deviation, for Options.Features.
func Supported(c model.Capabilities) []model.Feature {
	return atLeast(c, model.Supported)
}

// Served returns what a provider supports, with or without a deviation.
func Served(c model.Capabilities) []model.Feature {
	return atLeast(c, model.Differs)
}

func atLeast(c model.Capabilities, least model.Level) []model.Feature {
	features := []model.Feature{}
	for _, f := range model.AllFeatures() {
		if c.Features[f].Level >= least {
			features = append(features, f)
		}
	}
	return features
}

// Without returns all features except those.
func Without(features ...model.Feature) []model.Feature {
	return slices.DeleteFunc(model.AllFeatures(), func(f model.Feature) bool { return slices.Contains(features, f) })
}

// size returns the options with their defaults.
func (o Options) size() Options {
	o.MaxListeners = cmp.Or(o.MaxListeners, 3)
	o.MaxRoutes = cmp.Or(o.MaxRoutes, 8)
	o.MaxGroups = cmp.Or(o.MaxGroups, 5)
	o.MaxEndpoints = cmp.Or(o.MaxEndpoints, 4)
	return o
}
