package cluster

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"time"
)

// auditPolicy makes the API server record each request when its response begins or is complete,
// without bodies.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// Access is one access to the API, in the words of an RBAC rule.
type Access struct {
	Verb, Group, Resource string
	// Namespace is empty for all namespaces and for cluster-scoped objects.
	Namespace string
}

// String returns "verb resource.group in namespace".
func (a Access) String() string {
	s := a.Verb + " " + a.Resource
	if a.Group != "" {
		s += "." + a.Group
	}
	if a.Namespace != "" {
		s += " in " + a.Namespace
	}
	return s
}

// auditEvent has the fields read from an event of the audit log (Kubernetes documentation:
// "Auditing").
type auditEvent struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef *struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		APIGroup    string `json:"apiGroup"`
		Namespace   string `json:"namespace"`
	} `json:"objectRef"`
	Response struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	Received time.Time `json:"requestReceivedTimestamp"`
}

// Accesses returns the distinct accesses of a user so far, sorted. They can be compared with what a
// role allows.
func (c *Cluster) Accesses(user string) ([]Access, error) {
	return c.audit(func(e auditEvent) bool { return e.User.Username == user })
}

// Refused returns the accesses that a user tried and was never granted. Refusals from an API server
// that is not ready yet do not count: it refuses for a moment what it will allow.
func (c *Cluster) Refused(user string) ([]Access, error) {
	refused, err := c.audit(func(e auditEvent) bool {
		return e.User.Username == user && e.Response.Code == http.StatusForbidden && !c.starting(e.Received)
	})
	if err != nil || len(refused) == 0 {
		return nil, err
	}
	allowed, err := c.audit(func(e auditEvent) bool { return e.User.Username == user && e.Response.Code != http.StatusForbidden })
	return slices.DeleteFunc(refused, func(a Access) bool { return slices.Contains(allowed, a) }), err
}

// audit returns the accesses of the events that match.
func (c *Cluster) audit(wanted func(auditEvent) bool) ([]Access, error) {
	file, err := os.Open(c.auditLog())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // There was no access.
	}
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	defer func() { _ = file.Close() }() // It was only read.
	seen := map[Access]bool{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e auditEvent
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // The last line may be incomplete.
		}
		if e.ObjectRef != nil && wanted(e) {
			seen[e.access()] = true
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return sorted(seen), nil
}

func (e auditEvent) access() Access {
	o := e.ObjectRef
	a := Access{Verb: e.Verb, Group: o.APIGroup, Resource: o.Resource, Namespace: o.Namespace}
	if o.Subresource != "" {
		a.Resource += "/" + o.Subresource
	}
	return a
}

func sorted(set map[Access]bool) []Access {
	var all []Access
	for a := range set {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Access) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Verb, b.Verb),
			cmp.Compare(a.Namespace, b.Namespace))
	})
	return all
}

func (c *Cluster) auditLog() string { return c.path("logs", "audit.json") }
