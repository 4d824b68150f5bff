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

// object is one stored resource. Objects are never changed, only replaced, so that a reader may
// keep one without a lock.
type object struct {
	key  key
	kind *kind
	doc  document
	// path is the key's, kept because it is compared often; links are what the resource refers to.
	path  string
	links []string
	// typed is the document in its compute form, a pointer to kind.model.
	typed any
	// endpoints are the members of a NEG.
	endpoints []*compute.NetworkEndpoint
	// certificate is the key pair of a certificate; the private key is in no document.
	certificate *tls.Certificate
	// fresh tells that the account had it from the start.
	fresh bool
}

func newObject(k key, kind *kind, doc document, typed any) *object {
	o := &object{key: k, kind: kind, doc: doc, typed: typed, path: k.path()}
	if kind.links != nil {
		o.links = kind.links(typed)
	}
	return o
}

// state is everything that is stored. The server's lock guards it.
type state struct {
	objects map[key]*object
	// pending are the writes in flight, by what they write; a nil object is a delete.
	pending map[key]*object
	// shared counts writes that may run beside each other on one resource: endpoints that come and
	// go.
	shared map[key]int
	// operations by their keys, and by the requestId that began them.
	operations map[key]*operation
	requests   map[string]*operation
	seen       map[string]bool
	lastID     uint64
	generation uint64
}

func newState() *state {
	return &state{objects: map[key]*object{}, pending: map[key]*object{}, shared: map[key]int{},
		operations: map[key]*operation{}, requests: map[string]*operation{}, seen: map[string]bool{}}
}

// nextID is the identifier of the next incarnation of anything.
func (s *state) nextID() string {
	s.lastID++
	return strconv.FormatUint(7_000_000_000_000_000_000+s.lastID, 10)
}

// print is the fingerprint of a document: a hash of its content and of a count, so that it never
// repeats.
func (s *state) print(doc document) string {
	s.generation++
	raw, _ := json.Marshal(doc)
	sum := sha256.Sum256(fmt.Appendf(raw, "%d", s.generation))
	return base64.StdEncoding.EncodeToString(sum[:8])
}

// busy tells whether another write on the resource is in flight.
func (s *state) busy(k key) bool {
	_, ok := s.pending[k]
	return ok
}

// inside lists the stored objects of one collection and scope, by name.
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

// effective is the object as it will be when all that is in flight is through; false when it will
// be gone.
func (s *state) effective(k key) (*object, bool) {
	if o, ok := s.pending[k]; ok {
		return o, o != nil
	}
	o, ok := s.objects[k]
	return o, ok
}

// everything visits stored objects and those that are on their way, in no order.
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

// userOf finds a resource that refers to k, always the same one if there are several.
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

// seal gives a new document what only the server can say.
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

// render is the object as a reader sees it: with what follows from others.
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

// snapshot is every resource that was made since the account began, as canonical JSON.
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
