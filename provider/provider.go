package provider

import (
	"context"

	"github.com/headgate-io/headgate/model"
)

// Provider is one cloud. Its methods may be called at the same time, but Do is called by one caller
// at a time for any one unit. A provider keeps no state between calls but its client: what it must
// know again it finds in the observed resources.
type Provider interface {
	// Name is the short name of the cloud: "aws".
	Name() string

	// Capabilities declares what the provider can express, and its quotas. It never changes.
	Capabilities() model.Capabilities

	// Translate returns the resources of a load balancer, all but the membership of its groups. It
	// is pure, and canonical: what the cloud would fill in is filled in, so that a resource that
	// was applied compares equal. What cannot change in place is part of the key (a hash in the
	// name), so that a replacement is another resource, made before the old one goes. It is only
	// given what Capabilities declares and a Refuser does not name; an error means that the whole
	// load balancer cannot be expressed (code Invalid or Unsupported).
	Translate(lb model.Sealed) ([]Resource, error)

	// Members returns the membership of one group, given its endpoints: pure, and cheap, for it is
	// called at every change of an endpoint. Only endpoints that are model.Ready are registered.
	// Each resource needs the one that holds it, has Group set and Member true. A group without
	// ready endpoints has the resources that say so, with nothing in them, or none.
	Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]Resource, error)

	// Observe reads everything that the scope owns, and nothing else, in the form that Translate
	// and Members give, with Output filled in. Besides, it returns as External what its own
	// resources live in, where a write needs that (a shared document).
	Observe(ctx context.Context, scope Scope) ([]Resource, error)

	// Compare tells in what fields an observed resource differs from the wanted one of the same
	// key: pure, secrets redacted. No field means equal. Against a resource without a Spec it lists
	// what the wanted one is made with, for the reader of a plan.
	Compare(want, have Resource) []Field

	// Do carries out the ops of one unit, in order, with as few writes as the cloud allows, and
	// returns one outcome for each op, in the same order. It is idempotent: creating what is there
	// and owned adopts it, deleting what is gone is done. It registers members before it
	// deregisters others. It never touches what the cluster does not own, whatever the name. It
	// does not wait for what takes long: the outcome is Pending and says when to look again. When
	// the context ends it finishes the write in flight and starts no other.
	Do(ctx context.Context, batch Batch) []Outcome
}

// HealthReader is a provider whose cloud tells the health of endpoints.
type HealthReader interface {
	// Health reads how the cloud sees the endpoints behind groups, given the observed resources of
	// those groups (those with Group set). The answer is by the key of what routes refer to (a
	// target group, a backend service, a pool), which may be two for one group while one replaces
	// the other.
	Health(ctx context.Context, have []Resource) (map[Key][]EndpointHealth, error)

	// Registered is the inverse of Members: the endpoints that an observed membership holds, as
	// model.Ready. It is pure. Port, zone and node are zero where the cloud does not keep them.
	Registered(have Resource) []model.Endpoint
}

// EndpointHealth is how the cloud sees one endpoint of a group.
type EndpointHealth struct {
	Endpoint model.Endpoint // address, and port where the cloud keeps it
	Healthy  bool           // the load balancer sends it requests
	Reason   string         // the cloud's own words, when not healthy
}

// Stager is a provider whose cloud checks the health of a group only when something refers to it.
type Stager interface {
	// Stage returns what to want for now while what unverified names (target groups, backend services,
	// pools: what routes refer to) cannot serve yet. Routes that want sends there stay as have has
	// them, or stay out where have has none; all else is as in want. Besides, each unverified one is
	// referred to in a way that brings it no request (weight 0, a host that nobody asks for), so
	// that the cloud checks its health; the resource that does so names it in Staged, wanted and
	// observed alike. want and have are those of one load balancer. It is pure and deterministic,
	// and what it adds is not in want, so that it goes once nothing is unverified.
	Stage(want, have []Resource, unverified []Key) []Resource
}

// Refuser is a provider that supports a feature but not every value of it: an interval shorter than
// the cloud takes, a path that is too long.
type Refuser interface {
	// Refuse names the parts of a load balancer that Translate could not express, or the cloud
	// would not take, one by one, so that nothing else suffers. Translate is then given the rest,
	// of which nothing more is refused. Each part is one that lb has, a route, a default or a
	// group, and named once. It is pure.
	Refuse(lb model.Sealed) []Refusal
}

// Refusal is one part that cannot be expressed, and what to tell its objects.
type Refusal struct {
	Part     model.Part
	Problems []model.Problem // reason Unsupported or Invalid
}

// Scope says whose resources to observe.
type Scope struct {
	// LoadBalancers limits the scope to these; empty is the whole cluster.
	LoadBalancers []model.ID
}
