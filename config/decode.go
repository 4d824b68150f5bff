package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is one key of a mapping, and the function that stores its value.
type field struct {
	name string
	set  func(value *yaml.Node) error
}

// decode walks the document by hand. Each error then has the line, the path of the field and what
// is allowed there, and a scalar is read as written (the subscription 0000 is not the number 0).
func (c *Config) decode(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return errors.New("clusterID is missing: the file is empty")
	} else if err != nil {
		return malformed(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("must be one YAML document")
	}
	return mapping("", doc.Content[0], c.fields())
}

// malformed returns an error of the YAML parser as one line.
func malformed(err error) error {
	return fmt.Errorf("malformed YAML: %s", strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " "))
}

func (c *Config) fields() []field {
	known := []field{
		{"clusterID", text("clusterID", &c.ClusterID)},
		{"aws", func(n *yaml.Node) error { c.AWS = new(AWS); return mapping("aws", n, c.AWS.fields()) }},
		{"gcp", func(n *yaml.Node) error { c.GCP = new(GCP); return mapping("gcp", n, c.GCP.fields()) }},
		{"azure", func(n *yaml.Node) error { c.Azure = new(Azure); return mapping("azure", n, c.Azure.fields()) }},
	}
	for _, d := range c.declared {
		known = append(known, d.field())
	}
	return known
}

func (a *AWS) fields() []field {
	return []field{
		{"region", text("aws.region", &a.Region)},
		{"vpcID", text("aws.vpcID", &a.VPCID)},
		{"subnetIDs", texts("aws.subnetIDs", &a.SubnetIDs)},
		{"endpoint", text("aws.endpoint", &a.Endpoint)},
	}
}

func (g *GCP) fields() []field {
	return []field{
		{"project", text("gcp.project", &g.Project)},
		{"network", text("gcp.network", &g.Network)},
		{"subnetwork", text("gcp.subnetwork", &g.Subnetwork)},
		{"region", text("gcp.region", &g.Region)},
		{"endpoint", text("gcp.endpoint", &g.Endpoint)},
	}
}

func (z *Azure) fields() []field {
	return []field{
		{"subscriptionID", text("azure.subscriptionID", &z.SubscriptionID)},
		{"resourceGroup", text("azure.resourceGroup", &z.ResourceGroup)},
		{"location", text("azure.location", &z.Location)},
		{"subnetID", text("azure.subnetID", &z.SubnetID)},
		{"gateway", text("azure.gateway", &z.Gateway)},
		{"endpoint", text("azure.endpoint", &z.Endpoint)},
	}
}

// mapping stores the value of each key of n in its field. An empty section is present, without
// values.
func mapping(path string, n *yaml.Node, fields []field) error {
	n = follow(n)
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: %s must be a mapping of %s, found %s", n.Line, orDocument(path), names(fields), what(n))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f, ok := find(fields, key.Value)
		switch {
		case !ok:
			return fmt.Errorf("line %d: %s is not a known field, allowed are %s", key.Line, join(path, key.Value), names(fields))
		case seen[key.Value]:
			return fmt.Errorf("line %d: %s is set twice", key.Line, join(path, key.Value))
		}
		seen[key.Value] = true
		if err := f.set(value); err != nil {
			return err
		}
	}
	return nil
}

func text(path string, into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		n = follow(n)
		if n.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: %s must be text, found %s", n.Line, path, what(n))
		}
		if !isNull(n) {
			*into = n.Value
		}
		return nil
	}
}

func texts(path string, into *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		n = follow(n)
		if isNull(n) {
			return nil
		}
		if n.Kind != yaml.SequenceNode {
			return fmt.Errorf("line %d: %s must be a list, found %s", n.Line, path, what(n))
		}
		for i, item := range n.Content {
			var s string
			if err := text(fmt.Sprintf("%s[%d]", path, i), &s)(item); err != nil {
				return err
			}
			*into = append(*into, s)
		}
		return nil
	}
}

// follow returns the node that an alias refers to.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func what(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode {
		return "a mapping"
	}
	if n.Kind == yaml.SequenceNode {
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}

func find(fields []field, name string) (field, bool) {
	for _, f := range fields {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

func names(fields []field) string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.name
	}
	return strings.Join(all, ", ")
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func orDocument(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}
