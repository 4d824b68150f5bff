package kube

import (
	"slices"

	"github.com/headgate-io/headgate/model"
)

// BuildWith is Build with one more setting of groups, declared before the others.
func BuildWith(o Objects, opts Options, added model.Setting[model.Group]) Result {
	x := newCluster(&o, opts)
	t := x.annotations()
	t.group = slices.Insert(t.group, 0, added)
	return x.build(&o)
}
