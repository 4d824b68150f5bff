//nolint:thelper // the functions are tests, and a failure is to name their own lines
package providertest

import (
	"slices"
	"testing"

	"github.com/headgate-io/headgate/model"
)

// scenario is one change of what is wanted.
type scenario struct {
	name string
	// needs are the features without which the scenario is skipped.
	needs []model.Feature
	// make returns the load balancer before and after the change (nil is none), and the probes that
	// must be answered all the time.
	make func(t *testing.T, p *pods) change
}

type change struct {
	before, after *model.LoadBalancer
	probes        []probe
	certs         []model.Certificate // trusted by clients
}

// shopProbes returns the probes of a shop that does not change.
func shopProbes() []probe {
	return []probe{{"http", host, "/", []string{"web"}}, {"http", host, "/api/v1", []string{"api"}}}
}

// scenarios returns all scenarios.
func scenarios() []scenario {
	return slices.Concat([]scenario{
		{"create", nil, func(_ *testing.T, p *pods) change {
			after := p.small()
			return change{after: &after}
		}},
		{"delete", nil, func(_ *testing.T, p *pods) change {
			before := p.small()
			return change{before: &before}
		}},
		{"change paths", nil, changePaths},
		{"swap a Service", nil, swapService},
		{"replace a group by one of another port", nil, changePort},
		{"move to another network", []model.Feature{model.FeatureInternal, model.FeatureInternetFacing}, func(_ *testing.T, p *pods) change {
			before, after := p.small(), p.small()
			after.Scheme = model.Internal // another load balancer, with another address
			return change{before: &before, after: &after}
		}},
		{"share a path by weight", []model.Feature{model.FeatureWeights}, shareByWeight},
		{"replace a Service by two that share its path", []model.Feature{model.FeatureWeights}, replaceByTwo},
		{"create groups without a listener", []model.Feature{model.FeatureStandalone}, func(_ *testing.T, p *pods) change {
			after := p.small()
			after.Listeners = nil
			return change{after: &after}
		}},
	}, endpointScenarios(), secureScenarios())
}

func replaceByTwo(_ *testing.T, p *pods) change {
	before, after := p.small(), p.small()
	after.Listeners[0].Routes[1].Action = model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: news, Weight: 1}, {Group: blog, Weight: 1}}}}
	after.Groups = append(after.Groups[1:], group(blog, "blog", p.endpoints("blog", 0, few)), group(news, "news", p.endpoints("news", 0, few)))
	probes := shopProbes()
	probes[0].groups = []string{"web", "blog", "news"}
	return change{before: &before, after: &after, probes: probes}
}

func shareByWeight(_ *testing.T, p *pods) change {
	before, after := p.small(), p.small()
	after.Listeners[0].Routes[1].Action = model.Action{Forward: &model.Forward{Groups: []model.Weighted{{Group: web, Weight: 3}, {Group: blog, Weight: 1}}}}
	after.Groups = append(after.Groups, group(blog, "blog", p.endpoints("blog", 0, few)))
	probes := shopProbes()
	probes[0].groups = []string{"web", "blog"}
	return change{before: &before, after: &after, probes: probes}
}

func changePaths(_ *testing.T, p *pods) change {
	before, after := p.small(), p.small()
	routes := &after.Listeners[0].Routes
	(*routes)[0] = prefix("api", host, "/v2", api)
	*routes = append(*routes, prefix("first", host, "/first", api))
	return change{before: &before, after: &after, probes: []probe{{"http", host, "/", []string{"web"}}}}
}

func swapService(_ *testing.T, p *pods) change {
	before, after := p.small(), p.small()
	after.Listeners[0].Routes[1] = prefix("web", host, "/", blog)
	after.Groups[0] = group(blog, "blog", p.endpoints("blog", 0, few))
	probes := shopProbes()
	probes[0].groups = []string{"web", "blog"}
	return change{before: &before, after: &after, probes: probes}
}

// changePort gives a group another port. Some clouds need another group for that.
func changePort(_ *testing.T, p *pods) change {
	before, after := p.small(), p.small()
	g := webOf(&after)
	g.Port = otherPort
	g.Endpoints = p.endpointsAt("web", otherPort, 0, few)
	return change{before: &before, after: &after, probes: shopProbes()}
}

func endpointScenarios() []scenario {
	resize := func(from, to int) func(*testing.T, *pods) change {
		return func(_ *testing.T, p *pods) change {
			before, after := p.small(), p.small()
			webOf(&before).Endpoints = p.endpoints("web", 0, from)
			webOf(&after).Endpoints = p.endpoints("web", 0, to)
			c := change{before: &before, after: &after, probes: shopProbes()}
			if from == 0 || to == 0 {
				c.probes = c.probes[1:]
			}
			return c
		}
	}
	return []scenario{
		{"grow from 10 to 20 endpoints", nil, resize(10, 20)},
		{"shrink from 10 to 3 endpoints", nil, resize(10, 3)},
		{"scale to zero", nil, resize(10, 0)},
		{"scale from zero", nil, resize(0, 10)},
		{"swap all endpoints in one event", nil, func(_ *testing.T, p *pods) change {
			before, after := p.shop(balancer), p.shop(balancer)
			webOf(&after).Endpoints = p.endpoints("web", 10, 20)
			return change{before: &before, after: &after, probes: shopProbes()}
		}},
	}
}

func secureScenarios() []scenario {
	https := []model.Feature{model.FeatureHTTPS}
	secure := append(shopProbes(), probe{"https", host, "/", []string{"web"}})
	return []scenario{
		{"add a listener", https, func(t *testing.T, p *pods) change {
			cert := certificate(t)
			before, after := p.small(), p.smallSecure(cert)
			return change{before: &before, after: &after, probes: shopProbes(), certs: []model.Certificate{cert}}
		}},
		{"rotate a certificate", https, func(t *testing.T, p *pods) change {
			old, next := certificate(t), certificate(t)
			before, after := p.smallSecure(old), p.smallSecure(next)
			return change{before: &before, after: &after, probes: secure, certs: []model.Certificate{old, next}}
		}},
		{"remove a listener", https, func(t *testing.T, p *pods) change {
			cert := certificate(t)
			before, after := p.smallSecure(cert), p.small()
			return change{before: &before, after: &after, probes: shopProbes(), certs: []model.Certificate{cert}}
		}},
		{"redirect to HTTPS", []model.Feature{model.FeatureHTTPS, model.FeatureRedirectHTTPS}, func(t *testing.T, p *pods) change {
			cert := certificate(t)
			before, after := p.smallSecure(cert), p.smallSecure(cert)
			for i := range after.Listeners[0].Routes {
				after.Listeners[0].Routes[i].Action = model.Action{Redirect: &model.Redirect{Scheme: "https", Status: 301}}
			}
			return change{before: &before, after: &after, probes: secure[2:], certs: []model.Certificate{cert}}
		}},
		{"delete with a certificate", https, func(t *testing.T, p *pods) change {
			before := p.smallSecure(certificate(t))
			return change{before: &before}
		}},
	}
}
