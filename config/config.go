// Package config reads the YAML file that names the cluster and the cloud account that a program
// works with. It knows the sections of aws, gcp and azure; a [Section] declares that of another
// provider.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// Config is the content of a config file. A section that the file does not have is nil.
type Config struct {
	// ClusterID identifies the owner of cloud resources. Two clusters must not share an ID in one
	// account.
	ClusterID string
	AWS       *AWS
	GCP       *GCP
	Azure     *Azure

	file     string
	declared []*declared
}

// AWS is the section of AWS: the place of its load balancers.
type AWS struct {
	Region    string // default: AWS_REGION, then AWS_DEFAULT_REGION
	VPCID     string
	SubnetIDs []string
	Endpoint  string // the base URL of every service; default: AWS
}

// GCP is the section of Google Cloud: the place of its load balancers.
type GCP struct {
	Project    string // default: GOOGLE_CLOUD_PROJECT
	Network    string
	Subnetwork string // default: "default"
	Region     string // for internal load balancers
	Endpoint   string // the base URL of the compute API; default: Google Cloud
}

// Azure is the section of Azure: the place of its load balancers.
type Azure struct {
	SubscriptionID string // default: AZURE_SUBSCRIPTION_ID
	ResourceGroup  string
	Location       string
	SubnetID       string // of the gateways that Headgate creates
	// Gateway is an existing Application Gateway that all load balancers share. If it is empty,
	// each load balancer has a gateway of its own.
	Gateway  string
	Endpoint string // the base URL of the resource manager; default: Azure
}

// Read reads a config file as [Parse] does.
func Read(file string, env func(string) string, sections ...Section) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("config %s: %w", file, reason(err))
	}
	return Parse(file, data, env, sections...)
}

// reason returns an error of the file system without the path, which the message already has.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// Parse reads the content of a config file. Errors name the file, and the line and the field if
// they are about one. If a field has a standard environment variable and is missing, Parse reads
// the variable through env, which may be nil. sections declares the sections of further providers.
func Parse(file string, data []byte, env func(string) string, sections ...Section) (Config, error) {
	c := Config{file: file}
	for _, s := range sections {
		if err := s.check(); err != nil {
			return Config{}, fmt.Errorf("config %s: %w", file, err)
		}
		c.declared = append(c.declared, &declared{Section: s})
	}
	if err := c.decode(data); err != nil {
		return Config{}, fmt.Errorf("config %s: %w", file, err)
	}
	if env != nil {
		c.fill(env)
	}
	return c, nil
}

func (c *Config) fill(env func(string) string) {
	if a := c.AWS; a != nil {
		a.Region = cmp.Or(a.Region, env("AWS_REGION"), env("AWS_DEFAULT_REGION"))
	}
	if g := c.GCP; g != nil {
		g.Project = cmp.Or(g.Project, env("GOOGLE_CLOUD_PROJECT"))
	}
	if z := c.Azure; z != nil {
		z.SubscriptionID = cmp.Or(z.SubscriptionID, env("AZURE_SUBSCRIPTION_ID"))
	}
}

// Require returns an error that names what is missing or malformed for one provider: "aws", "gcp",
// "azure", or the name of a declared section.
func (c Config) Require(cloud string) error {
	if err := c.require(cloud); err != nil {
		return fmt.Errorf("config %s: %w", c.file, err)
	}
	return nil
}

func (c Config) require(cloud string) error {
	if err := checkClusterID(c.ClusterID); err != nil {
		return err
	}
	section, there := c.section(cloud)
	if !there {
		return fmt.Errorf("%s is missing: the section of the provider", cloud)
	}
	for _, f := range section {
		if f.value == "" && !f.optional {
			return fmt.Errorf("%s.%s is missing", cloud, f.name)
		}
		if f.name == "endpoint" && f.value != "" {
			if err := checkURL(f.value); err != nil {
				return fmt.Errorf("%s.endpoint: %w", cloud, err)
			}
		}
	}
	// "Application Load Balancers" guide: at least two Availability Zones
	if cloud == "aws" && len(c.AWS.SubnetIDs) < 2 {
		return fmt.Errorf("aws.subnetIDs must name at least two subnets, in different zones, found %d", len(c.AWS.SubnetIDs))
	}
	return nil
}

// Endpoint returns the endpoint field of a provider's section, or "".
func (c Config) Endpoint(cloud string) string {
	fields, _ := c.section(cloud)
	for _, f := range fields {
		if f.name == "endpoint" {
			return f.value
		}
	}
	return ""
}

type required struct {
	name, value string
	optional    bool
}

// section returns the fields of a provider's section in the order of their checks.
func (c Config) section(cloud string) (fields []required, there bool) {
	switch {
	case cloud == "aws" && c.AWS != nil:
		a := c.AWS
		return []required{{"region", a.Region, false}, {"vpcID", a.VPCID, false}, {"subnetIDs", strings.Join(a.SubnetIDs, ","), false},
			{"endpoint", a.Endpoint, true}}, true
	case cloud == "gcp" && c.GCP != nil:
		g := c.GCP
		return []required{{"project", g.Project, false}, {"network", g.Network, false}, {"endpoint", g.Endpoint, true}}, true
	case cloud == "azure" && c.Azure != nil:
		z := c.Azure
		shared := z.Gateway != ""
		return []required{{"subscriptionID", z.SubscriptionID, false}, {"resourceGroup", z.ResourceGroup, false},
			{"location", z.Location, shared}, {"subnetID", z.SubnetID, shared}, {"endpoint", z.Endpoint, true}}, true
	}
	for _, d := range c.declared {
		if d.Name == cloud && d.found {
			return d.required(), true
		}
	}
	return nil, false
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("must be a URL such as http://127.0.0.1:5000, found %q", s)
	}
	return nil
}

// clusterIDs is strict because the ID becomes part of names, tags and labels in three clouds.
// Labels of Google Cloud must be lower case.
const clusterIDs = `^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`

func checkClusterID(id string) error {
	if id == "" {
		return errors.New("clusterID is missing")
	}
	if ok, err := regexp.MatchString(clusterIDs, id); err != nil || !ok {
		return fmt.Errorf("clusterID must be at most 63 lower case letters, digits and inner '-', found %q", id)
	}
	return nil
}
