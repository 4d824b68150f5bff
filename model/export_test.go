package model

// What the tests of the package reach beyond its API.
var (
	Clone     = clone
	CheckPath = checkPath
)

func Digests(lb *LoadBalancer) (all, structure Digest) {
	t := newTables()
	return digests(lb, &t)
}
