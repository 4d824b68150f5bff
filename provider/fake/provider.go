package fake

import (
	"errors"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

var (
	_ provider.Provider     = (*Provider)(nil)
	_ provider.HealthReader = (*Provider)(nil)
	_ provider.Stager       = (*Provider)(nil)
	_ provider.Refuser      = (*Provider)(nil)
)

// Options configure a [Provider].
type Options struct {
	// ClusterID is the owner of the resources; required.
	ClusterID string
	// Document is the name of a document that contains all load balancers of the cluster. If it is
	// empty, they are resources of their own.
	Document string
	// HidesDraining makes the cloud one that does not report when draining ends, so that groups
	// stay for their draining time after their last use.
	HidesDraining bool
	// Quotas are the quotas that the provider declares.
	Quotas []model.Quota
	// Without lists features that are declared unsupported.
	Without []model.Feature
}

// problems returns what is missing or malformed, in the order of declaration.
func (o Options) problems() []string {
	if o.ClusterID == "" {
		return []string{"ClusterID is missing"}
	}
	return nil
}

// Provider is one process that manages load balancers in a [Cloud].
type Provider struct {
	cloud   *Cloud
	options Options
}

// New returns a provider that uses cloud. It creates the document of the options if it does not
// exist, as an administrator would. The error lists everything that is missing or malformed.
func New(cloud *Cloud, options Options) (*Provider, error) {
	var problems []string
	if cloud == nil {
		problems = append(problems, "cloud is nil")
	}
	problems = append(problems, options.problems()...)
	if len(problems) > 0 {
		return nil, errors.New("new fake provider: " + strings.Join(problems, "; "))
	}
	p := &Provider{cloud: cloud, options: options}
	if options.Document != "" {
		cloud.ensureDocument(p.documentKey())
	}
	return p, nil
}

// ensureDocument creates a document unless it exists.
func (c *Cloud) ensureDocument(key provider.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.objects[key]; !ok {
		c.store(key, object{spec: DocumentSpec{}})
	}
}

// Name returns "fake".
func (p *Provider) Name() string { return "fake" }

// hidesDraining reports whether the cloud does not report when draining ends.
func (p *Provider) hidesDraining() bool { return p.options.HidesDraining || p.options.Document != "" }
