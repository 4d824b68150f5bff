package provider

import (
	"cmp"
	"time"

	"github.com/headgate-io/headgate/model"
)

// Key tells resources apart.
type Key struct {
	Kind string // the cloud's own noun: "TargetGroup"
	Name string
	// zone, region, or the resource that it is a part of; empty where a kind has one place only
	Place string
}

// String is "Kind name" or "Kind place/name", or the kind alone where no one of it is meant.
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

// Resource is one thing in a cloud, wanted or observed.
type Resource struct {
	Key Key
	// WriteScope names what travels in one write: a document, the rules of a listener, or the resource
	// alone. One write is in flight for each unit.
	WriteScope string
	// Needs must exist before this one, and go after it.
	Needs []Key
	Owner Owner
	// Origin is the objects that a wanted resource came from.
	Origin []model.Ref
	// Group is the group that the resource belongs to; empty for what belongs to none (load
	// balancers, listeners, rules, certificates).
	Group model.GroupID
	// Member tells that the resource is the membership of its group, or a part of it.
	Member bool
	// Staged is those of Needs that this resource refers to only so that their health is checked.
	Staged []Key
	// External tells that an observed resource is not owned, and is here because owned ones live in
	// it. It is never planned.
	External bool
	// DrainDelay is how long a resource must stay after nothing refers to its group any more, for
	// requests in flight, where the cloud does not tell when they are done.
	DrainDelay time.Duration
	// Spec is the provider's own value type; the core never looks inside.
	Spec any
	// Output is what the cloud made of it; zero in a wanted resource.
	Output Output
}

// Output is what only the cloud knows.
type Output struct {
	ID        string   // an ARN, a self-link
	Version   string   // an etag or fingerprint, for a conditional write
	Addresses []string // under which a load balancer is reached: IP addresses or host names
	Ready     bool     // provisioned; false while the cloud still works on it
}

// Owner is whose a resource is.
type Owner struct {
	Cluster      string
	LoadBalancer model.ID // empty for what serves the whole cluster
}

// Field is one difference between a wanted and an observed resource.
type Field struct {
	Path string `json:"path"`
	Have string `json:"have"`
	Want string `json:"want"`
}
