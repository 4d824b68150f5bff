package controller

import (
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/headgate-io/headgate/clock"
)

// ManagerOptions are the options of [NewManager].
type ManagerOptions struct {
	// Manager is the manager's own options. [NewManager] sets Cache if it has no ByObject, by
	// [CacheOptions], and the options of leader election.
	Manager manager.Options
	// Namespaces limits what is watched. Without any it is the whole cluster.
	Namespaces []string
	// LeaderElection is the name of the lease by which one of several processes is elected; a fence
	// prevents the others from writing. If it is empty, there is no election.
	LeaderElection string
	// LeaseNamespace is the namespace of the lease. The default is the namespace of the process.
	LeaseNamespace string
	// LeaseDuration is how long other processes wait for a leader that does not renew the lease.
	// The default is 15 s.
	LeaseDuration time.Duration
	// RenewDeadline is how long a leader may write after it last renewed the lease. It must be
	// shorter than LeaseDuration by more than clocks drift. The default is 10 s.
	RenewDeadline time.Duration
	// RetryPeriod is the time between attempts to renew or acquire the lease. The default is 2 s.
	RetryPeriod time.Duration
	// Clock is the clock of the fence. The default is the system clock.
	Clock clock.Clock
}

const (
	defaultLease = 15 * time.Second
	defaultRenew = 10 * time.Second
	defaultRetry = 2 * time.Second
)

var errLease = errors.New("new manager: RenewDeadline must be shorter than LeaseDuration")

// NewManager returns a manager whose caches contain what the controller reads. With leader election
// it also returns the fence for [Options.Fence]; otherwise the fence is nil.
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

// elect sets leader election by a fenced lease in the options of a manager.
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

// NamespaceFile contains the namespace of a process that runs in a pod (Kubernetes tasks, "Access
// the Kubernetes API from a Pod").
const NamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

func newLock(cfg *rest.Config, o ManagerOptions, renew time.Duration) (resourcelock.Interface, error) {
	namespace := o.LeaseNamespace
	if namespace == "" {
		data, err := os.ReadFile(NamespaceFile)
		if err != nil {
			return nil, fmt.Errorf("new manager: LeaseNamespace is not set, and this process does not run in a pod: %w", err)
		}
		namespace = string(data)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("host name: %w", err)
	}
	cfg = rest.CopyConfig(cfg)
	cfg.Timeout = max(renew/2, time.Second) // one request that hangs must not lose the lease
	clients, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("client for the lease: %w", err)
	}
	identity := resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())}
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, o.LeaderElection, clients.CoreV1(), clients.CoordinationV1(), identity)
	if err != nil {
		return nil, fmt.Errorf("lease %s/%s: %w", namespace, o.LeaderElection, err)
	}
	return lock, nil
}
