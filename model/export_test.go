package model

// What the tests of the package reach beyond its API.
var (
	Clone     = clone
	Digests   = digests
	CheckPath = checkPath
)
