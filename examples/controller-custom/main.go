// Command controller-custom is a controller with a provider of its own, which has a section of its
// own in the config file:
//
//	clusterID: demo
//	memory: {document: shared}
//
// The provider is the reference plugin, a cloud in memory.
package main

import (
	"context"
	"net/http"

	"github.com/headgate-io/headgate/config"
	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/provider/fake"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

func main() {
	var document string
	program.Main(program.Cloud{
		Name:   "memory",
		Fields: []config.Field{{Name: "document", Text: &document, Optional: true}},
		Open: func(_ context.Context, c config.Config, _ *http.Client) (provider.Provider, error) {
			return fake.New(fake.NewCloud(fake.CloudOptions{}), fake.Options{ClusterID: c.ClusterID, Document: document})
		},
	})
}
