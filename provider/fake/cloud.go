package fake

import (
	"context"
	"errors"
	"hash/fnv"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/headgate-io/headgate/clock"
	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// CloudOptions change how a cloud behaves; the zero value will do.
type CloudOptions struct {
	// Clock is what provisioning, health checks and draining follow; nil is the system's.
	Clock clock.Clock
	// Dial reaches pods, and gives the cloud a data plane. Nil is a cloud without one: then members
	// of a group that something refers to are healthy unless SetHealth says otherwise.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Provisioning is how long a load balancer takes to be ready.
	Provisioning time.Duration
	// InFlight is how long the last requests to members that leave go on, in a cloud without a data
	// plane.
	InFlight time.Duration
	// MinInterval is the shortest interval between health checks that the cloud accepts; zero
	// accepts any.
	MinInterval time.Duration
}

// Cloud holds the state. Providers of several processes may share it; all its methods may be called
// at the same time.
type Cloud struct {
	o     CloudOptions
	calls calls
	plane *plane // nil without a data plane

	mu       sync.Mutex
	objects  map[provider.Key]object
	versions int
	sick     map[netip.AddrPort]bool
	// when the last requests to members that left a group are over
	busyTill map[provider.Key]time.Time
}

// object is one thing that is stored.
type object struct {
	spec    Spec
	owner   provider.Owner // the zero Owner is somebody else's
	group   model.GroupID
	version int
	address string
	readyAt time.Time
}

// The errors of the cloud.
var (
	errExists   = errors.New("it exists and is not owned")
	errMissing  = errors.New("it does not exist")
	errInUse    = errors.New("it is in use")
	errVersion  = errors.New("the document has changed")
	errInterval = errors.New("the health check interval is too short")
)

// NewCloud makes an empty cloud.
func NewCloud(o CloudOptions) *Cloud {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	c := &Cloud{o: o, objects: map[provider.Key]object{}, sick: map[netip.AddrPort]bool{}, busyTill: map[provider.Key]time.Time{}}
	c.calls.clock = o.Clock
	if o.Dial != nil {
		c.plane = newPlane(o)
	}
	return c
}

// Close ends the data plane.
func (c *Cloud) Close() {
	if c.plane != nil {
		c.plane.close()
	}
}

// Put stores something that is not owned by anybody.
func (c *Cloud) Put(key provider.Key, spec Spec) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(key, object{spec: spec})
	c.follow()
}

// SetHealth makes an endpoint healthy or not, in a cloud without a data plane.
func (c *Cloud) SetHealth(address netip.AddrPort, healthy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sick[address] = !healthy
}

// change carries out fn as one write: all of it or, when it fails, nothing.
func (c *Cloud) change(fn func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := maps.Clone(c.objects)
	if err := fn(); err != nil {
		c.objects = before
		return err
	}
	c.follow()
	return nil
}

// store sets an object, with a new version; what the cloud made of it before stays.
func (c *Cloud) store(key provider.Key, o object) {
	old, there := c.objects[key]
	c.versions++
	o.version = c.versions
	if there {
		o.address, o.readyAt = old.address, old.readyAt
	} else if key.Kind == KindLoadBalancer {
		o.address, o.readyAt = c.allocate(key), c.o.Clock.Now().Add(c.o.Provisioning)
	}
	c.objects[key] = o
}

// allocate is an address for a load balancer, the same whenever it is free (RFC 5737 keeps
// 203.0.113.0/24 for documents).
func (c *Cloud) allocate(key provider.Key) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key.Name))
	taken := map[string]bool{}
	for _, o := range c.objects {
		taken[o.address] = true
	}
	for i := h.Sum32(); ; i++ {
		if a := "203.0.113." + strconv.Itoa(int(i%256)); !taken[a] {
			return a
		}
	}
}

// check reports why a spec cannot be stored.
func (c *Cloud) check(spec Spec) error {
	if g, ok := spec.(GroupSpec); ok && g.Health.Interval < c.o.MinInterval {
		return &provider.Error{Code: provider.Invalid, Op: "write", Err: errInterval}
	}
	return c.checkRefs(spec)
}

// checkRefs tells whether all that spec refers to is there.
func (c *Cloud) checkRefs(spec Spec) error {
	for _, r := range spec.refs() {
		if _, ok := c.objects[r]; !ok {
			return &provider.Error{Code: provider.NotFound, Op: "read", Key: r, Err: errMissing}
		}
	}
	return nil
}

// used tells whether anything refers to key.
func (c *Cloud) used(key provider.Key) bool {
	for _, o := range c.objects {
		if slices.Contains(o.spec.refs(), key) {
			return true
		}
	}
	return false
}

// resource is the observed form of an object.
func (c *Cloud) resource(key provider.Key) provider.Resource {
	o := c.objects[key]
	r := provider.Resource{Key: key, Owner: o.owner, Group: o.group, Member: key.Kind == KindMembers, Needs: o.spec.refs(), Spec: o.spec}
	if cert, ok := o.spec.(CertificateSpec); ok {
		cert.Key = model.Secret{}
		r.Spec = cert
	}
	r.Output = provider.Output{ID: "fake://" + key.Kind + "/" + key.Place + "/" + key.Name, Ready: !c.o.Clock.Now().Before(o.readyAt)}
	if key.Kind == KindDocument {
		r.Output.Version = strconv.Itoa(o.version)
	}
	if o.address != "" {
		r.Output.Addresses = []string{o.address}
	}
	return r
}

// sortKeys sorts keys, each once.
func sortKeys(ks []provider.Key) []provider.Key {
	slices.SortFunc(ks, provider.CompareKeys)
	return slices.Compact(ks)
}
