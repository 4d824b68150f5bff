package provider

import (
	"cmp"
	"slices"
	"time"

	"github.com/headgate-io/headgate/model"
)

// Key identifies a resource.
type Key struct {
	Kind string // in the cloud's own words, such as "TargetGroup"
	Name string
	// Place is the zone, the region, or the resource that this one is a part of. It is empty for a
	// kind that exists in one place only.
	Place string
}

// String returns "Kind name" or "Kind place/name", or the kind alone if the name is empty.
func (k Key) String() string {
	if k.Name == "" {
		return k.Kind
	}
	if k.Place == "" {
		return k.Kind + " " + k.Name
	}
	return k.Kind + " " + k.Place + "/" + k.Name
}

// CompareKeys orders keys by kind, place and name.
func CompareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Name, b.Name))
}

// SortKeys sorts keys, removes duplicates, and returns the shortened slice. It modifies its
// argument.
func SortKeys(keys []Key) []Key {
	slices.SortFunc(keys, CompareKeys)
	return slices.Compact(keys)
}

// Resource is a resource of a cloud, desired or observed.
type Resource struct {
	Key Key
	// WriteScope names the resources that are changed in one write: a document, the rules of a
	// listener, or this resource alone. The core makes one write at a time for each write scope.
	WriteScope string
	// Needs are the resources that this one refers to. They must exist before it is created, and
	// cannot be deleted before it is.
	Needs []Key
	// DeletedWith is the resource whose delete makes the cloud delete this one too, such as the
	// load balancer of a listener. It is zero if there is none.
	DeletedWith Key
	Owner       Owner
	// Origin are the objects that a desired resource was made from.
	Origin []model.Ref
	// Group is the group that the resource belongs to. It is empty for load balancers, listeners,
	// rules and certificates.
	Group model.GroupID
	// Member reports whether the resource is the membership of its group, or a part of it.
	Member bool
	// Staged are those of Needs that this resource refers to only to get them health-checked.
	Staged []Key
	// External reports whether an observed resource is not owned by the cluster. Observe returns it
	// because it contains owned resources. It is never planned.
	External bool
	// DrainDelay is how long a resource must stay after the last reference to its group is gone, so
	// that requests in flight can complete. It is zero if the cloud reports the end of draining.
	DrainDelay time.Duration
	// Spec is a value of the provider's own type. The core does not look inside.
	Spec any
	// Output has the values that the cloud assigns. It is zero in a desired resource.
	Output Output
}

// CompareResources orders resources by their keys.
func CompareResources(a, b Resource) int { return CompareKeys(a.Key, b.Key) }

// Output has the values that the cloud assigns to a resource.
type Output struct {
	ID        string   // an ARN or a self-link
	Version   string   // an etag or a fingerprint, for a conditional write
	Addresses []string // the IP addresses or host names of a load balancer
	Ready     bool     // whether the resource is provisioned
}

// Owner identifies the owner of a resource.
type Owner struct {
	Cluster      string
	LoadBalancer model.ID // empty for a resource that serves the whole cluster
}
