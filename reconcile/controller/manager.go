package controller

import (
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/headgate-io/headgate/clock"
)

// CacheOptions is caches that hold what the controller reads, trimmed to the fields that are used:
// of Secrets only those of type kubernetes.io/tls, of Namespaces only metadata. namespaces limits
// what is watched; none is the whole cluster.
func CacheOptions(namespaces ...string) cache.Options {
	shared := true
	o := cache.Options{
		DefaultTransform:             trimMeta,
		DefaultUnsafeDisableDeepCopy: &shared,
		ByObject: map[client.Object]cache.ByObject{
			&discoveryv1.EndpointSlice{}: {Transform: trimSlice},
			&corev1.Pod{}:                {Transform: trimPod},
			&corev1.Node{}:               {Transform: trimNode},
			&corev1.Secret{}:             {Transform: trimSecret, Field: fields.OneTermEqualSelector("type", string(corev1.SecretTypeTLS))},
			namespaceObject():            {Transform: trimNamespace},
		},
	}
	for _, ns := range namespaces {
		if o.DefaultNamespaces == nil {
			o.DefaultNamespaces = map[string]cache.Config{}
		}
		o.DefaultNamespaces[ns] = cache.Config{}
	}
	return o
}

// ManagerOptions change what [NewManager] makes of the options of a manager.
type ManagerOptions struct {
	// Manager is the manager's own options. Cache, where it has no entries of its own, is filled by
	// [CacheOptions].
	Manager manager.Options
	// Namespaces limits what is watched; none is the whole cluster.
	Namespaces []string
	// LeaderElection elects one of several processes by a lease of this name in LeaseNamespace, and
	// fences the others. Empty elects none.
	LeaderElection string
	// LeaseNamespace is where the lease is; empty is the namespace that the process runs in.
	LeaseNamespace string
	// LeaseDuration is how long others wait for a leader that is silent, RenewDeadline how long a
	// leader may write after it last renewed the lease, RetryPeriod the time between two tries;
	// zero is 15 s, 10 s and 2 s. RenewDeadline must be the shorter, by more than clocks drift.
	LeaseDuration, RenewDeadline, RetryPeriod time.Duration
	// Clock is what the fence goes by.
	Clock clock.Clock
}

const (
	defaultLease = 15 * time.Second
	defaultRenew = 10 * time.Second
	defaultRetry = 2 * time.Second
)

var errLease = errors.New("new manager: RenewDeadline must be shorter than LeaseDuration")

// NewManager makes a manager whose caches hold what the controller needs. With leader election, it
// also returns the fence, which belongs in [Options.Fence]; it is nil without.
func NewManager(cfg *rest.Config, o ManagerOptions) (manager.Manager, *Fence, error) {
	m := o.Manager
	if len(m.Cache.ByObject) == 0 {
		m.Cache = CacheOptions(o.Namespaces...)
	}
	var fence *Fence
	if o.LeaderElection != "" {
		var err error
		if fence, err = elect(cfg, &m, o); err != nil {
			return nil, nil, err
		}
	}
	mgr, err := manager.New(cfg, m)
	if err != nil {
		return nil, nil, fmt.Errorf("new manager: %w", err)
	}
	return mgr, fence, nil
}

// elect puts leader election by a fenced lease into the options of a manager.
func elect(cfg *rest.Config, m *manager.Options, o ManagerOptions) (*Fence, error) {
	lease, renew, retry := orElse(o.LeaseDuration, defaultLease), orElse(o.RenewDeadline, defaultRenew), orElse(o.RetryPeriod, defaultRetry)
	if renew >= lease {
		return nil, errLease
	}
	lock, err := newLock(cfg, o, renew)
	if err != nil {
		return nil, err
	}
	fence := NewFence(lock, renew, o.Clock)
	m.LeaderElection, m.LeaderElectionID, m.LeaderElectionNamespace = true, o.LeaderElection, o.LeaseNamespace
	m.LeaderElectionResourceLockInterface = fence
	m.LeaseDuration, m.RenewDeadline, m.RetryPeriod = &lease, &renew, &retry
	m.LeaderElectionReleaseOnCancel = true
	return fence, nil
}

// NamespaceFile tells a process in a pod which namespace it runs in (Kubernetes tasks, "Access the
// Kubernetes API from a Pod").
const NamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

func newLock(cfg *rest.Config, o ManagerOptions, renew time.Duration) (resourcelock.Interface, error) {
	namespace := o.LeaseNamespace
	if namespace == "" {
		data, err := os.ReadFile(NamespaceFile)
		if err != nil {
			return nil, fmt.Errorf("lease namespace is not set, and this is no pod: %w", err)
		}
		namespace = string(data)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name of this process: %w", err)
	}
	cfg = rest.CopyConfig(cfg)
	cfg.Timeout = max(renew/2, time.Second) // one request that hangs must not cost the lease
	clients, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("client of the lease: %w", err)
	}
	identity := resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())}
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, o.LeaderElection, clients.CoreV1(), clients.CoordinationV1(), identity)
	if err != nil {
		return nil, fmt.Errorf("lease %s/%s: %w", namespace, o.LeaderElection, err)
	}
	return lock, nil
}
