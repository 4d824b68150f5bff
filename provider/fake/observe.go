package fake

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/provider"
)

// Observe reads all resources in the scope with one call, and the document if there is one.
func (p *Provider) Observe(ctx context.Context, scope provider.Scope) ([]provider.Resource, error) {
	var out []provider.Resource
	err := p.cloud.calls.do(ctx, Call{Op: "read"}, func() error {
		out = p.read(scope)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, provider.CompareResources)
	return out, nil
}

func (p *Provider) read(scope provider.Scope) []provider.Resource {
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()
	var out []provider.Resource
	for k, o := range p.cloud.objects {
		if o.owner.Cluster == p.options.ClusterID && scope.Contains(o.owner.LoadBalancer) {
			out = append(out, p.observed(k))
		}
	}
	if p.options.Document != "" {
		out = append(out, p.observedDocument())
	}
	return out
}

// observed returns the observed form of an object. The caller has locked the cloud.
func (p *Provider) observed(k provider.Key) provider.Resource {
	r := p.cloud.resource(k)
	r.WriteScope = p.writeScope(k)
	r.Staged = stagedBy(k, r.Spec)
	if g, ok := r.Spec.(GroupSpec); ok {
		r.DrainDelay = p.drainDelay(g)
	}
	return r
}

func (p *Provider) observedDocument() provider.Resource {
	r := p.cloud.resource(p.documentKey())
	r.WriteScope, r.External = p.writeScope(r.Key), true
	return r
}
