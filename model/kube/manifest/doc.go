// Package manifest decodes Kubernetes manifests, YAML or JSON, into the input of package kube.
//
// Decoding is strict: an unknown or repeated field, a value of the wrong type and two different
// objects with one name are errors, since a mistake that is ignored would be served. An error names
// the file, the document with its line, the object and the field.
package manifest
