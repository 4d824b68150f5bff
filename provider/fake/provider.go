package fake

import (
	"errors"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Options of a provider.
type Options struct {
	// Cluster is whose resources these are; it must not be empty.
	Cluster string
	// Document, if not empty, names the one document that all of the cluster's load balancers are
	// written in.
	Document string
	// DrainDelay has groups kept for their draining time after nothing refers to them any more, as
	// on a cloud that does not tell when draining is over. Otherwise the cloud tells.
	DrainDelay bool
	// Quotas are declared as they are.
	Quotas []model.Quota
	// Without lists features that are declared unsupported.
	Without []model.Feature
}

// Provider is one process that talks to a [Cloud].
type Provider struct {
	cloud *Cloud
	o     Options
}

var (
	_ provider.Provider     = (*Provider)(nil)
	_ provider.HealthReader = (*Provider)(nil)
	_ provider.Stager       = (*Provider)(nil)
	_ provider.Refuser      = (*Provider)(nil)
)

var errNoCluster = errors.New("fake: cluster is empty")

// New makes a provider for the cloud. With a document, that exists at once, as something that an
// administrator made.
func New(c *Cloud, o Options) (*Provider, error) {
	if o.Cluster == "" {
		return nil, errNoCluster
	}
	p := &Provider{cloud: c, o: o}
	if o.Document != "" {
		c.ensureDocument(p.document())
	}
	return p, nil
}

// ensureDocument makes the document unless it is there.
func (c *Cloud) ensureDocument(key provider.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.objects[key]; !ok {
		c.store(key, object{spec: DocumentSpec{}})
	}
}

// Name is "fake".
func (p *Provider) Name() string { return "fake" }

// untold tells whether the cloud keeps it to itself when draining is over.
func (p *Provider) untold() bool { return p.o.DrainDelay || p.o.Document != "" }
