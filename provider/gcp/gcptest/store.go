package gcptest

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/compute/v1"
)

// object is one stored resource. Objects are immutable: a change replaces them.
type object struct {
	key  key
	kind *kind
	doc  document
	// path is that of key, cached because it is compared often. links are those in doc.
	path  string
	links []string
	// typed is the typed form of doc, a pointer to kind.model.
	typed any
	// endpoints are the endpoints of a NEG.
	endpoints []*compute.NetworkEndpoint
	// certificate is the key pair of a certificate. The private key is in no document.
	certificate *tls.Certificate
	// fresh is true for the resources of a new account.
	fresh bool
}

func newObject(k key, kind *kind, doc document, typed any) *object {
	o := &object{key: k, kind: kind, doc: doc, typed: typed, path: k.path()}
	if kind.links != nil {
		o.links = kind.links(typed)
	}
	return o
}

// state is all stored resources and operations. The lock of the server guards it.
type state struct {
	objects map[key]*object
	// pending are the writes in flight, by their target. A nil object is a delete.
	pending map[key]*object
	// shared counts the concurrent writes of endpoints on one resource.
	shared     map[key]int
	operations map[key]*operation
	requests   map[string]*operation // by requestId
	seen       map[string]bool
	lastID     uint64
	generation uint64
}

func newState() *state {
	return &state{objects: map[key]*object{}, pending: map[key]*object{}, shared: map[key]int{},
		operations: map[key]*operation{}, requests: map[string]*operation{}, seen: map[string]bool{}}
}

// nextID returns a new unique ID.
func (s *state) nextID() string {
	s.lastID++
	return strconv.FormatUint(7_000_000_000_000_000_000+s.lastID, 10)
}

// print returns a fingerprint of a document: a hash of its content and a counter, so that it is
// unique.
func (s *state) print(doc document) string {
	s.generation++
	raw, _ := json.Marshal(doc)
	sum := sha256.Sum256(fmt.Appendf(raw, "%d", s.generation))
	return base64.StdEncoding.EncodeToString(sum[:8])
}

// busy reports whether a write of the resource is in flight.
func (s *state) busy(k key) bool {
	_, ok := s.pending[k]
	return ok
}

// inside returns the stored objects of a collection in some scopes, sorted by path.
func (s *state) inside(project, collection string, in func(scope) bool) []*object {
	var out []*object
	for k, o := range s.objects {
		if k.project == project && k.collection == collection && in(k.scope) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *object) int { return strings.Compare(a.path, b.path) })
	return out
}

// effective returns the object after the writes in flight. It is false if they delete it.
func (s *state) effective(k key) (*object, bool) {
	if o, ok := s.pending[k]; ok {
		return o, o != nil
	}
	o, ok := s.objects[k]
	return o, ok
}

// everything iterates over the stored and the pending objects in no order.
func (s *state) everything() iter.Seq[*object] {
	return func(yield func(*object) bool) {
		for _, o := range s.objects {
			if !yield(o) {
				return
			}
		}
		for _, o := range s.pending {
			if o != nil && !yield(o) {
				return
			}
		}
	}
}

// userOf returns a resource that refers to k: the first one by path.
func (s *state) userOf(k key) (*object, bool) {
	var found *object
	link := k.link()
	for o := range s.everything() {
		if o.key.project == k.project && slices.Contains(o.links, link) && (found == nil || o.path < found.path) {
			found = o
		}
	}
	return found, found != nil
}

func (o *object) refersTo(k key) bool { return slices.Contains(o.links, k.link()) }

// seal sets the output members of a new document.
func (s *state) seal(c *change, now time.Time) {
	if c.old == nil {
		c.doc["id"] = s.nextID()
		c.doc["creationTimestamp"] = stamp(now)
	} else {
		c.doc["id"], c.doc["creationTimestamp"] = c.old.doc["id"], c.old.doc["creationTimestamp"]
	}
	c.doc["kind"] = "compute#" + c.kind.schema
	c.doc["selfLink"] = c.key.link()
	switch c.key.scope.level {
	case regional:
		c.doc["region"] = apiRoot + "projects/" + c.key.project + "/" + c.key.scope.String()
	case zonal:
		c.doc["zone"] = apiRoot + "projects/" + c.key.project + "/" + c.key.scope.String()
	case global:
	}
	if c.kind.fingerprint {
		delete(c.doc, "fingerprint")
		c.doc["fingerprint"] = s.print(c.doc)
	}
	s.sealLabels(c)
}

func (s *state) sealLabels(c *change) {
	if _, has := fieldsOf(c.kind.model)["labelFingerprint"]; !has {
		return
	}
	if c.old != nil && fmt.Sprint(c.old.doc["labels"]) == fmt.Sprint(c.doc["labels"]) {
		c.doc["labelFingerprint"] = c.old.doc["labelFingerprint"]
		return
	}
	labels, _ := c.doc["labels"].(map[string]any)
	c.doc["labelFingerprint"] = s.print(document(labels))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-07:00") }

// render returns the document of an object with the members that depend on other objects.
func (s *state) render(o *object) document {
	switch o.key.collection {
	case "networkEndpointGroups":
		doc := clone(o.doc)
		doc["size"] = json.Number(strconv.Itoa(len(o.endpoints)))
		return doc
	case "addresses":
		return s.renderAddress(o)
	default:
		return o.doc
	}
}

func (s *state) renderAddress(o *object) document {
	doc := clone(o.doc)
	doc["status"] = "RESERVED"
	var users []any
	for _, fr := range s.inside(o.key.project, "forwardingRules", func(scope) bool { return true }) {
		if fr.doc["IPAddress"] == o.doc["address"] {
			users = append(users, fr.key.link())
		}
	}
	if len(users) > 0 {
		doc["status"], doc["users"] = "IN_USE", users
	}
	return doc
}

// snapshot returns all resources except those of a new account.
func (s *state) snapshot() map[string]string {
	out := map[string]string{}
	for k, o := range s.objects {
		if o.fresh {
			continue
		}
		doc := s.render(o)
		if o.endpoints != nil {
			doc["networkEndpoints"] = encode(o.endpoints)
		}
		raw, _ := json.Marshal(doc)
		out[k.snapshotName()] = string(raw)
	}
	return out
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
