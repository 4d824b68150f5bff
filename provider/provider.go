package provider

import (
	"context"
	"slices"

	"github.com/headgate-io/headgate/model"
)

// Provider is the plugin of one cloud.
//
// Its methods must be safe for concurrent use. The core makes at most one call of Do at a time for
// each write scope. A provider has no state between calls except its client: everything that it
// needs to know again must be in the resources that it observes.
type Provider interface {
	// Name returns the short name of the cloud, such as "aws".
	Name() string

	// Capabilities returns the features that the provider can express, a reason for each feature
	// that it cannot, and the quotas of the cloud. The result never changes.
	Capabilities() model.Capabilities

	// Translate returns the resources of a load balancer, without the membership of its groups.
	//
	// It must be pure. Its result must be canonical: it includes the defaults that the cloud fills
	// in, so that Compare finds no difference between a resource that was applied and its observed
	// form. A value that cannot change in place must be part of the key, for example as a hash in
	// the name. A changed value then gives another resource, which is created before the old one is
	// deleted.
	//
	// lb only uses features that Capabilities declares, and no part that a Refuser names. An error,
	// of code Invalid or Unsupported, means that the load balancer as a whole cannot be expressed.
	Translate(lb model.Sealed) ([]Resource, error)

	// Members returns the membership of one group with the given endpoints.
	//
	// It must be pure, and cheap, because the core calls it at every change of an endpoint. It
	// registers only endpoints whose state is model.Ready. Each resource that it returns needs the
	// resource that contains it, and has Group and Member set. For a group without ready endpoints
	// it returns empty memberships or no resource.
	Members(lb model.Sealed, group model.GroupID, endpoints []model.Endpoint) ([]Resource, error)

	// Observe reads all resources that the scope owns, and no others. It returns them in the form
	// that Translate and Members return, with Output set. If a write needs a shared document that
	// the cluster does not own, Observe returns the document too, with External set.
	Observe(ctx context.Context, scope Scope) ([]Resource, error)

	// Compare returns the fields in which have differs from want, a resource of the same key. It
	// returns none if they are equal. It must be pure, and must redact secrets. If have has no
	// Spec, Compare returns the fields that want is created with, for the reader of a plan.
	Compare(want, have Resource) []Field

	// Do carries out the ops of one write scope, in order, with as few writes as the cloud allows.
	// It returns one outcome for each op, in the same order.
	//
	//   - Do must be idempotent. The create of a resource that exists and is owned adopts it. The
	//     delete of a resource that does not exist is done.
	//   - Do registers new members before it deregisters others.
	//   - Do never changes or deletes a resource that the cluster does not own, whatever its name.
	//     Such an op fails with ErrNotOwned.
	//   - Do does not wait for a long operation. It returns an outcome in state Pending, with the
	//     time to look again.
	//   - When ctx ends, Do finishes the write in flight and starts no other.
	Do(ctx context.Context, batch Batch) []Outcome
}

// HealthReader is a provider whose cloud reports the health of endpoints.
type HealthReader interface {
	// Health reads the health of endpoints. have are the observed resources of their groups, those
	// with Group set. The result is by the key of the resource that routes refer to, such as a
	// target group, a backend service or a pool. A group has two such keys while one replaces the
	// other.
	Health(ctx context.Context, have []Resource) (map[Key][]EndpointHealth, error)

	// Registered returns the endpoints of an observed membership, with state model.Ready. It is
	// pure and the inverse of Members. Port, zone and node are zero if the cloud does not store
	// them.
	Registered(have Resource) []model.Endpoint
}

// EndpointHealth is the health of one endpoint of a group, as the cloud reports it.
type EndpointHealth struct {
	Endpoint model.Endpoint // the address, and the port if the cloud stores it
	Healthy  bool           // whether the load balancer sends requests to it
	Reason   string         // the cloud's own words if it is not healthy
}

// Stager is a provider whose cloud checks the health of a group only while something refers to it.
type Stager interface {
	// Stage returns an intermediate desired state of one load balancer, for the time while the
	// resources in unverified are not yet healthy. These are resources that routes refer to: target
	// groups, backend services or pools.
	//
	//   - A route that would send requests to an unverified resource keeps its form in have, or is
	//     left out if have does not have it. Everything else is as in want.
	//   - Each unverified resource is referred to in a way that sends it no request, such as weight
	//     0 or a host that no client uses, so that the cloud checks its health. The resource that
	//     refers to it lists it in Staged, in its desired and its observed form.
	//   - Stage is pure. What it adds is not in want, so that it is deleted once nothing is
	//     unverified.
	Stage(want, have []Resource, unverified []Key) []Resource
}

// Refuser is a provider that supports a feature but not all of its values, such as an interval
// shorter than the cloud accepts, or a path that is too long.
type Refuser interface {
	// Refuse returns the parts of a load balancer that Translate cannot express or that the cloud
	// does not accept. The core leaves them out and passes the rest to Translate; Refuse must not
	// refuse any part of that rest. Each part must be a route, a default action, a group or a
	// certificate of lb, and must be named once. A refusal of the zero Part refuses nothing: it
	// reports problems with reason Differs. Refuse is pure.
	Refuse(lb model.Sealed) []Refusal
}

// Refusal is a part of a load balancer that cannot be expressed, and the problems to report on its
// objects.
type Refusal struct {
	Part     model.Part
	Problems []model.Problem // with reason Unsupported, Invalid or QuotaExceeded
}

// Scope selects the resources to observe.
type Scope struct {
	// LoadBalancers limits the scope to the resources of these; empty means the whole cluster.
	LoadBalancers []model.ID
}

// Contains reports whether the resources of a load balancer are in the scope. Resources of the
// cluster, which have no load balancer, are only in the scope of the whole cluster.
func (s Scope) Contains(id model.ID) bool {
	return len(s.LoadBalancers) == 0 || slices.Contains(s.LoadBalancers, id)
}
