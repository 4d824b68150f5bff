package config_test

import (
	"fmt"

	"github.com/headgate-io/headgate/config"
)

// Require names a missing field before any client is created.
func ExampleParse() {
	c, err := config.Parse("headgate.yaml", []byte("clusterID: demo\ngcp: {project: demo}\n"), nil)
	fmt.Println(c.ClusterID, c.GCP.Project, err)
	fmt.Println(c.Require("gcp"))
	fmt.Println(c.Require("aws"))
	// Output:
	// demo demo <nil>
	// config headgate.yaml: gcp.network is missing
	// config headgate.yaml: aws is missing: the section of the provider
}

// A provider that this package does not know declares its section.
func ExampleSection() {
	var zone string
	acme := config.Section{Name: "acme", Fields: []config.Field{{Name: "zone", Text: &zone}}}
	c, err := config.Parse("headgate.yaml", []byte("clusterID: demo\nacme: {zone: west}\n"), nil, acme)
	fmt.Println(c.Require("acme"), zone, err)
	_, err = config.Parse("headgate.yaml", []byte("clusterID: demo\nacme: {zones: west}\n"), nil, acme)
	fmt.Println(err)
	// Output:
	// <nil> west <nil>
	// config headgate.yaml: line 2: acme.zones is not a known field, allowed are zone
}
