// Package outside has no code. Its test compiles and tests a module outside this repository, which
// uses Headgate as its users do: a controller for a cloud of its own, and tests with the embedded
// clouds. The files of that module are in testdata.
package outside
