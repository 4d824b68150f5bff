// Package acceptance holds no code: its tests take Kubernetes objects the whole way, through the
// model, the engine, a provider, the vendor's SDK and an embedded cloud, to real requests that
// reach real pods, on all clouds at once.
package acceptance
