package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

// loaded has the objects of the input.
type loaded struct {
	objects     kube.Objects
	unsupported []model.Ref
	foreign     int  // the number of objects of kinds that do not concern load balancers
	strict      bool // whether the objects are those of a live cluster
	sources     map[model.Ref]string
}

// read adds the manifests at one path: a file, a folder and its subfolders, or - for standard
// input.
func (g *loaded) read(path string, stdin io.Reader) error {
	if path == "-" {
		data, err := io.ReadAll(stdin)
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		return g.decode("standard input", data)
	}
	files, err := manifests(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, cause(err))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, cause(err))
		}
		if err := g.decode(file, data); err != nil {
			return err
		}
	}
	return nil
}

// cause returns an error of the file system without the path, which the message already has.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func (g *loaded) decode(name string, data []byte) error {
	before := g.objects
	left, err := manifest.Decode(name, data, &g.objects)
	if err != nil {
		return err
	}
	for _, n := range left.Foreign {
		g.foreign += n
	}
	g.note(name, before)
	for _, r := range left.Unsupported {
		g.sources[r] = name
	}
	g.unsupported = append(g.unsupported, left.Unsupported...)
	return nil
}

var errNoManifests = errors.New("no manifest (*.yaml, *.yml, *.json) in the folder")

// manifests lists the manifests at a path in the order of their names. In a folder it ignores
// hidden files and kustomization files.
func manifests(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file != path && strings.HasPrefix(d.Name(), "."):
			return skip(d)
		case !d.IsDir() && isManifest(d.Name()):
			files = append(files, file)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = errNoManifests
	}
	return files, err
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func isManifest(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return slices.Contains([]string{".yaml", ".yml", ".json"}, ext) && strings.TrimSuffix(strings.ToLower(name), ext) != "kustomization"
}

// note records the file of the objects that were added since before.
func (g *loaded) note(name string, before kube.Objects) {
	if g.sources == nil {
		g.sources = map[model.Ref]string{}
	}
	o := &g.objects
	added := slices.Concat(
		refsOf("Ingress", o.Ingresses[len(before.Ingresses):]), refsOf("IngressClass", o.IngressClasses[len(before.IngressClasses):]),
		refsOf("Service", o.Services[len(before.Services):]), refsOf("EndpointSlice", o.EndpointSlices[len(before.EndpointSlices):]),
		refsOf("Secret", o.Secrets[len(before.Secrets):]), refsOf("Pod", o.Pods[len(before.Pods):]), refsOf("Node", o.Nodes[len(before.Nodes):]),
	)
	for _, r := range added {
		g.sources[r] = name
	}
}

func refsOf[T metav1.Object](kind string, objects []T) []model.Ref {
	all := make([]model.Ref, len(objects))
	for i, o := range objects {
		all[i] = model.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}
	}
	return all
}
