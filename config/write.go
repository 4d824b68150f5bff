package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Marshal returns the YAML document that Parse reads back as c, without declared sections. It
// leaves out empty values.
func Marshal(c Config) ([]byte, error) {
	doc := node{}
	doc.add("clusterID", c.ClusterID)
	if a := c.AWS; a != nil {
		s := node{}
		s.add("region", a.Region)
		s.add("vpcID", a.VPCID)
		s.list("subnetIDs", a.SubnetIDs)
		s.add("endpoint", a.Endpoint)
		doc.section("aws", s)
	}
	if g := c.GCP; g != nil {
		s := node{}
		s.add("project", g.Project)
		s.add("network", g.Network)
		s.add("subnetwork", g.Subnetwork)
		s.add("region", g.Region)
		s.add("endpoint", g.Endpoint)
		doc.section("gcp", s)
	}
	if z := c.Azure; z != nil {
		s := node{}
		s.add("subscriptionID", z.SubscriptionID)
		s.add("resourceGroup", z.ResourceGroup)
		s.add("location", z.Location)
		s.add("subnetID", z.SubnetID)
		s.add("gateway", z.Gateway)
		s.add("endpoint", z.Endpoint)
		doc.section("azure", s)
	}
	out, err := yaml.Marshal(doc.mapping())
	if err != nil {
		return nil, fmt.Errorf("write config: %w", err)
	}
	return out, nil
}

// node collects the keys and values of one mapping, in order.
type node struct{ content []*yaml.Node }

func (n *node) add(key, value string) {
	if value != "" {
		n.content = append(n.content, scalar(key), scalar(value))
	}
}

func (n *node) list(key string, values []string) {
	if len(values) == 0 {
		return
	}
	seq := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		seq.Content = append(seq.Content, scalar(v))
	}
	n.content = append(n.content, scalar(key), seq)
}

func (n *node) section(key string, s node) { n.content = append(n.content, scalar(key), s.mapping()) }

func (n *node) mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Content: n.content} }

// scalar returns a string node, quoted if it would be read as another type.
func scalar(value string) *yaml.Node {
	s := new(yaml.Node)
	s.SetString(value)
	return s
}
