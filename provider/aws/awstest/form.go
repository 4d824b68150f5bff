package awstest

import (
	"net/url"
	"strconv"
	"strings"
)

// node is a node in the tree of a Query request, whose parameters are paths such as
// Tags.member.1.Key.
type node struct {
	value    string
	children map[string]*node
}

// parseForm returns the tree of the parameters of a Query request, without Action and Version.
func parseForm(form url.Values) *node {
	root := &node{}
	for key, values := range form {
		if key == "Action" || key == "Version" || len(values) == 0 {
			continue
		}
		at := root
		for _, part := range strings.Split(key, ".") {
			at = at.child(part)
		}
		at.value = values[0]
	}
	return root
}

func (n *node) child(name string) *node {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	if n.children[name] == nil {
		n.children[name] = &node{}
	}
	return n.children[name]
}

// items returns the elements of a list. It is false if they are not numbered from 1 without gaps.
func (n *node) items() (items []*node, ok bool) {
	for i := range n.children {
		if _, err := strconv.Atoi(i); err != nil {
			return nil, false
		}
	}
	for i := 1; i <= len(n.children); i++ {
		item := n.children[strconv.Itoa(i)]
		if item == nil {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}
