package fake

import (
	"context"
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

// CloudOptions configure a [Cloud].
type CloudOptions struct {
	// Clock times provisioning, health checks and draining; nil is the system clock.
	Clock clock.Clock
	// Dial connects to pods. If it is nil, the cloud has no data plane, and the members of a group
	// that something refers to are healthy, except those of SetHealth.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Provisioning is the time until a new load balancer is ready.
	Provisioning time.Duration
	// InFlight is how long the last requests to removed members last, in a cloud without a data
	// plane.
	InFlight time.Duration
	// MinInterval is the shortest interval between health checks that the cloud accepts.
	MinInterval time.Duration
}

// Cloud stores the state of a cloud. Several providers may share it, as several processes share a
// cloud. All methods are safe for concurrent use.
type Cloud struct {
	options CloudOptions
	calls   calls
	plane   *plane // nil without a data plane

	mu       sync.Mutex
	objects  map[provider.Key]object
	versions int
	sick     map[netip.AddrPort]bool
	// when the last requests to removed members of a group end
	drainedAt map[provider.Key]time.Time
}

// object is one stored object.
type object struct {
	spec    Spec
	owner   provider.Owner // zero if no cluster owns it
	group   model.GroupID
	version int
	address string
	readyAt time.Time
}

// NewCloud returns an empty cloud.
func NewCloud(o CloudOptions) *Cloud {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	c := &Cloud{options: o, objects: map[provider.Key]object{}, sick: map[netip.AddrPort]bool{}, drainedAt: map[provider.Key]time.Time{}}
	c.calls.clock = o.Clock
	if o.Dial != nil {
		c.plane = newPlane(o)
	}
	return c
}

// Close stops the data plane.
func (c *Cloud) Close() {
	if c.plane != nil {
		c.plane.close()
	}
}

// Put stores an object that no cluster owns.
func (c *Cloud) Put(key provider.Key, spec Spec) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(key, object{spec: spec})
	c.follow()
}

// SetHealth sets whether an endpoint is healthy, in a cloud without a data plane.
func (c *Cloud) SetHealth(address netip.AddrPort, healthy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sick[address] = !healthy
}

// change calls fn as one transaction: an error undoes all of its changes.
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

// store stores an object with a new version. An existing load balancer retains its address.
func (c *Cloud) store(key provider.Key, o object) {
	old, exists := c.objects[key]
	c.versions++
	o.version = c.versions
	if exists {
		o.address, o.readyAt = old.address, old.readyAt
	} else if key.Kind == KindLoadBalancer {
		o.address, o.readyAt = c.allocate(key), c.options.Clock.Now().Add(c.options.Provisioning)
	}
	c.objects[key] = o
}

// allocate returns an address for a load balancer, the same whenever it is free (RFC 5737 reserves
// 203.0.113.0/24 for documentation).
func (c *Cloud) allocate(key provider.Key) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key.Name))
	used := map[string]bool{}
	for _, o := range c.objects {
		used[o.address] = true
	}
	for i := h.Sum32(); ; i++ {
		if a := "203.0.113." + strconv.Itoa(int(i%256)); !used[a] {
			return a
		}
	}
}

// check returns why a spec cannot be stored.
func (c *Cloud) check(spec Spec) error {
	if g, ok := spec.(GroupSpec); ok && g.Health.Interval < c.options.MinInterval {
		return &provider.Error{Code: provider.Invalid, Op: "write", Err: errInterval}
	}
	return c.checkRefs(spec)
}

// checkRefs returns an error if an object that spec refers to does not exist.
func (c *Cloud) checkRefs(spec Spec) error {
	for _, r := range spec.refs() {
		if _, ok := c.objects[r]; !ok {
			return &provider.Error{Code: provider.NotFound, Op: "read", Key: r, Err: errNotFound}
		}
	}
	return nil
}

// used reports whether an object refers to key.
func (c *Cloud) used(key provider.Key) bool {
	for _, o := range c.objects {
		if slices.Contains(o.spec.refs(), key) {
			return true
		}
	}
	return false
}

// resource returns the observed form of an object.
func (c *Cloud) resource(key provider.Key) provider.Resource {
	o := c.objects[key]
	r := provider.Resource{Key: key, Owner: o.owner, Group: o.group, Member: key.Kind == KindMembers, Needs: o.spec.refs(), Spec: o.spec}
	if cert, ok := o.spec.(CertificateSpec); ok {
		cert.Key = model.Secret{}
		r.Spec = cert
	}
	r.Output = provider.Output{ID: "fake://" + key.Kind + "/" + key.Place + "/" + key.Name, Ready: !c.options.Clock.Now().Before(o.readyAt)}
	if key.Kind == KindDocument {
		r.Output.Version = strconv.Itoa(o.version)
	}
	if o.address != "" {
		r.Output.Addresses = []string{o.address}
	}
	return r
}
