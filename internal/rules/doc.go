// Package rules has only tests. They enforce the repository's conventions: which packages a folder
// may import, that exported names are documented, and the wording of comments and identifiers.
package rules
