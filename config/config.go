// Package config reads the one YAML file that tells the command line which cluster and which cloud
// account it works with.
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

// Config is a config file. A section that the file does not have is nil.
type Config struct {
	// ClusterID marks what the cluster owns in a cloud; no two clusters of one account may share
	// it.
	ClusterID string
	AWS       *AWS
	GCP       *GCP
	Azure     *Azure

	file string
}

// AWS is where load balancers of AWS go.
type AWS struct {
	Region    string // default: AWS_REGION, then AWS_DEFAULT_REGION
	VPCID     string
	SubnetIDs []string
	Endpoint  string // the base URL of every service; empty is AWS itself
}

// GCP is where load balancers of Google Cloud go.
type GCP struct {
	Project    string // default: GOOGLE_CLOUD_PROJECT
	Network    string
	Subnetwork string // default: "default"
	Region     string // for internal load balancers
	Endpoint   string // the base URL of the compute API; empty is Google Cloud itself
}

// Azure is where load balancers of Azure go.
type Azure struct {
	SubscriptionID string // default: AZURE_SUBSCRIPTION_ID
	ResourceGroup  string
	Location       string
	SubnetID       string // of gateways that Headgate makes
	// an existing Application Gateway that all load balancers share; empty gives each its own
	Gateway  string
	Endpoint string // the base URL of the resource manager; empty is Azure itself
}

// Read reads a config file. Errors name the file, and the line and field where there is one.
func Read(file string, env func(string) string) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("config %s: %w", file, reason(err))
	}
	return Parse(file, data, env)
}

// reason is an error of the file system without the path, which the message has already.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// Parse reads the content of a config file; file is its name in errors. What the file leaves out of
// what has a standard environment variable is taken from env, which may be nil.
func Parse(file string, data []byte, env func(string) string) (Config, error) {
	c := Config{file: file}
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

// Require tells what is missing or malformed for one cloud: "aws", "gcp" or "azure".
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
		return fmt.Errorf("%s is missing: the section that says where its load balancers go", cloud)
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
		return fmt.Errorf("aws.subnetIDs must be two subnets or more, in different zones, found %d", len(c.AWS.SubnetIDs))
	}
	return nil
}

// Endpoint is the base URL that a cloud's section names, if it does.
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

// section lists the fields of a cloud in the order in which they are looked at.
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
	default:
		return nil, false
	}
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("must be a URL such as http://127.0.0.1:5000, found %q", s)
	}
	return nil
}

// clusterIDs is narrow because the ID becomes part of names, tags and labels in three clouds; a
// label of Google Cloud takes no capitals.
const clusterIDs = `^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`

func checkClusterID(id string) error {
	if id == "" {
		return errors.New("clusterID is missing")
	}
	if ok, err := regexp.MatchString(clusterIDs, id); err != nil || !ok {
		return fmt.Errorf("clusterID must be lower case letters, digits and inner '-', 63 at most, found %q", id)
	}
	return nil
}
