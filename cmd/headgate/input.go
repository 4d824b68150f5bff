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

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

// gathered is the objects that were read.
type gathered struct {
	objects     kube.Objects
	unsupported []model.Ref
	foreign     int  // objects of kinds that have nothing to do with load balancers
	strict      bool // they are a live cluster
}

// read adds the manifests at one path: a file, a folder with all below it, or - for standard input.
func (g *gathered) read(path string, stdin io.Reader) error {
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

// cause is an error of the file system without the path, which the message has already.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func (g *gathered) decode(name string, data []byte) error {
	left, err := manifest.Decode(name, data, &g.objects)
	if err != nil {
		return err
	}
	for _, n := range left.Foreign {
		g.foreign += n
	}
	g.unsupported = append(g.unsupported, left.Unsupported...)
	return nil
}

var errNoManifests = errors.New("the folder holds no manifest (*.yaml, *.yml, *.json)")

// manifests lists the files at a path in the order of their names. Of a folder it takes manifests only; what is hidden, and the file that tells
// kustomize what to build, are none.
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
