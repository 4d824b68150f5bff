package config_test

import (
	"fmt"

	"github.com/headgate-io/headgate/config"
)

// A missing field is named before anything is opened.
func ExampleParse() {
	c, err := config.Parse("headgate.yaml", []byte("clusterID: demo\ngcp: {project: demo}\n"), nil)
	fmt.Println(c.ClusterID, c.GCP.Project, err)
	fmt.Println(c.Require("gcp"))
	fmt.Println(c.Require("aws"))
	// Output:
	// demo demo <nil>
	// config headgate.yaml: gcp.network is missing
	// config headgate.yaml: aws is missing: the section that says where its load balancers go
}
