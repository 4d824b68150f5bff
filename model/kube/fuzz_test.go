package kube_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

// FuzzBuild checks that Build does not panic, whatever tenants write, and that its result seals:
// Build reports everything that is wrong with an object.
func FuzzBuild(f *testing.F) {
	cases, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, in := range cases {
		text, err := os.ReadFile(in)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var o kube.Objects
		if _, err := manifest.Decode("fuzz", text, &o); err != nil {
			return
		}
		for _, lb := range kube.Build(o, kube.Options{Controller: "headgate.io/test"}).LoadBalancers {
			if _, err := model.Seal(lb); err != nil {
				t.Errorf("what was built does not seal: %v", err)
			}
		}
	})
}
