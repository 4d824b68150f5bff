// Package acceptance has only tests. They take Kubernetes objects all the way through the model,
// the engine, a provider, the vendor's SDK and an embedded cloud, on all clouds, and send real
// requests to real HTTP servers that stand for pods.
package acceptance
