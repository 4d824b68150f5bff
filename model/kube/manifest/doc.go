// Package manifest decodes Kubernetes manifests, YAML or JSON, into the objects that package kube
// builds load balancers of.
//
// Decoding is strict: an unknown or repeated field, a value of the wrong type and two different
// objects of one name are errors, since a slip that stays silent would be served. An error names
// the file, the document with its line, the object and the field.
package manifest
