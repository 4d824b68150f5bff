package deploy_test

import (
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// withMonitoring renders the AWS overlay with the optional monitoring component.
func withMonitoring(t *testing.T) objects {
	t.Helper()
	disk, fs := filesys.MakeFsOnDisk(), filesys.MakeFsInMemory()
	err := disk.Walk(filepath.Join(root, "kustomize"), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := disk.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if filepath.ToSlash(name) == "kustomize/overlays/aws/kustomization.yaml" {
			data = append(data, "components: [../../components/monitoring]\n"...)
		}
		return fs.WriteFile("/"+name, data)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "/kustomize/overlays/aws")
	if err != nil {
		t.Fatal(err)
	}
	text, err := out.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, parse(t, text))
}
