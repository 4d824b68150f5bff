package controller

import (
	"log/slog"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/reconcile"
)

// controller is all components of a controller that a manager runs.
type controller struct {
	reconciler   *reconciler
	watcher      *watcher
	gates        *readinessGates
	discovery    *discovery
	connectivity *connectivity
	balancers    *queue[model.ID]
	pods         *queue[types.NamespacedName]
	workers      int
}

// components builds the components of a controller from those that several of them share.
type components struct {
	o         Options
	client    client.Client
	log       *slog.Logger
	engine    *reconcile.Engine
	owners    owners
	events    *eventRecorder
	nodes     *nodeIndex
	balancers *queue[model.ID]
	pods      *queue[types.NamespacedName]
	pending   *pendingWork
}

// newController makes a controller of options that are complete.
func newController(o Options, cl client.Client, sink eventSink, log *slog.Logger) *controller {
	o.Metrics.reportLeader(o.Fence)
	c := &connectivity{clock: o.Clock}
	i := instrumentation{leader: o.Fence, connectivity: c, metrics: o.Metrics, tracer: tracer{o.Tracer}, clock: o.Clock}
	s := newComponents(o, cl, sink, log)
	s.engine = reconcile.New(i.instrument(o.Provider), reconcile.Options{Clock: o.Clock, Logger: log, Guard: o.Guard})
	gates, garbage := s.gates(), s.garbage()
	d := &discovery{
		engine: s.engine, cloud: o.Provider, owners: s.owners, garbage: garbage, clock: o.Clock, log: log, permission: o.Permission,
		tried: make(chan struct{}),
	}
	return &controller{
		reconciler: s.reconciler(gates, garbage, d), watcher: s.watcher(gates), gates: gates, discovery: d, connectivity: c,
		balancers: s.balancers, pods: s.pods, workers: o.Workers,
	}
}

func newComponents(o Options, cl client.Client, sink eventSink, log *slog.Logger) *components {
	balancers, all := &queue[model.ID]{}, kinds()
	return &components{
		o: o, client: cl, log: log,
		owners:    owners{reader: cl, kinds: all, controller: o.ControllerName, finalizer: Finalizer(o.ControllerName)},
		events:    &eventRecorder{sink: sink, reader: cl, kinds: all, leader: o.Fence, log: log, permission: o.Permission},
		nodes:     &nodeIndex{reader: cl},
		balancers: balancers,
		pods:      &queue[types.NamespacedName]{},
		pending:   newPendingWork(balancers, o.Clock, o.Window),
	}
}

func (s *components) guard(subject string) *deletionGuard {
	return &deletionGuard{limit: s.o.Guard, owners: s.owners, events: s.events, log: s.log, subject: subject}
}

func (s *components) garbage() *garbageCollector {
	return &garbageCollector{
		owners: s.owners, pending: s.pending, queue: s.balancers, guard: s.guard("loadBalancers"), metrics: s.o.Metrics,
		clock: s.o.Clock, grace: s.o.Grace,
	}
}

func (s *components) gates() *readinessGates {
	return &readinessGates{
		client: s.client, engine: s.engine, finder: s.owners, balancers: s.balancers, pods: s.pods, metrics: s.o.Metrics,
		clock: s.o.Clock, grace: s.o.Grace, log: s.log, disabled: s.o.NoGates || s.o.DryRun,
	}
}

func (s *components) watcher(gates *readinessGates) *watcher {
	return &watcher{
		reader: s.client, kinds: s.owners.kinds, finalizer: s.owners.finalizer, pending: s.pending, queue: s.balancers,
		gates: gates, nodes: s.nodes, noGates: s.o.NoGates, log: s.log,
	}
}

func (s *components) reconciler(gates *readinessGates, garbage *garbageCollector, d *discovery) *reconciler {
	status := &statusWriter{client: s.client, owners: s.owners, events: s.events, dryRun: s.o.DryRun}
	endpoints := &endpointUpdater{
		reader: s.client, nodes: s.nodes, engine: s.engine, derived: settingsDeriver{s.client}, metrics: s.o.Metrics, noGates: s.o.NoGates,
	}
	return &reconciler{
		owners: s.owners, pending: s.pending,
		finalizers: &finalizers{
			name: s.owners.finalizer, objects: s.client, reader: s.client, status: status, events: s.events, dryRun: s.o.DryRun,
		},
		builder: s.builder(endpoints), retainer: retainer{s.engine.Retain}, endpoints: endpoints, engine: s.engine,
		auditor: auditor{s.engine, s.o.Clock, s.o.Audit}, plans: s.plans(), events: s.events, status: status,
		gates: gates, garbage: garbage, leader: s.o.Fence, metrics: s.o.Metrics, tracer: tracer{s.o.Tracer}, clock: s.o.Clock,
		discovered: d.tried,
	}
}

func (s *components) builder(endpoints *endpointUpdater) *builder {
	missing := &missingServices{reader: s.client, pending: s.pending, guard: s.guard("services")}
	return &builder{
		loader: &loader{reader: s.client, nodes: s.nodes, missing: missing}, engine: s.engine, endpoints: endpoints,
		derived: endpoints.derived, routes: s.pending, metrics: s.o.Metrics, controller: s.o.ControllerName,
	}
}

// plans returns nil unless this is a dry run.
func (s *components) plans() *planReporter {
	if !s.o.DryRun {
		return nil
	}
	return &planReporter{provider: s.o.Provider.Name(), log: s.log}
}
