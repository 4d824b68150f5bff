package manifest_test

import (
	"fmt"

	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

// A mistake in a manifest is an error that names the file, the document and the field.
func ExampleDecode() {
	const text = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  prots: [{port: 80}]
`
	var objects kube.Objects
	_, err := manifest.Decode("shop.yaml", []byte(text), &objects)
	fmt.Println(err)
	// Output:
	// shop.yaml: document 1 (line 1): Service web: spec.prots: unknown field
}
