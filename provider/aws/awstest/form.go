package awstest

import (
	"net/url"
	"strconv"
	"strings"
)

// node is one level of a Query request, whose parameters are paths such as Tags.member.1.Key.
type node struct {
	value string
	kids  map[string]*node
}

// parseForm builds the tree of a Query request's parameters without the protocol's own ones.
func parseForm(form url.Values) *node {
	root := &node{}
	for key, values := range form {
		if key == "Action" || key == "Version" || len(values) == 0 {
			continue
		}
		at := root
		for _, part := range strings.Split(key, ".") {
			at = at.kid(part)
		}
		at.value = values[0]
	}
	return root
}

func (n *node) kid(name string) *node {
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	if n.kids[name] == nil {
		n.kids[name] = &node{}
	}
	return n.kids[name]
}

// items returns the elements 1..n of a list node; ok is false when the numbering has a gap or
// something else sits there.
func (n *node) items() (items []*node, ok bool) {
	for i := range n.kids {
		if _, err := strconv.Atoi(i); err != nil {
			return nil, false
		}
	}
	for i := 1; i <= len(n.kids); i++ {
		item := n.kids[strconv.Itoa(i)]
		if item == nil {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}
