package controller

import (
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
)

// The priorities of items in a queue.
const (
	// priorityListed is for load balancers that look served and that a watch lists at its start.
	priorityListed  = -100
	priorityChanged = 0
)

// enqueuer adds items to a queue.
type enqueuer[T comparable] interface {
	now(item T)
	after(item T, d time.Duration)
	listed(item T)
}

// queue adds items to the work queue of a controller. controller-runtime makes that queue when the
// controller starts; items added before then are added to it at that time.
type queue[T comparable] struct {
	mu      sync.Mutex
	to      adder[T]
	waiting []func(adder[T])
}

// adder is the part of a priority queue that is used.
type adder[T comparable] interface {
	AddWithOpts(o priorityqueue.AddOpts, items ...T)
}

func (q *queue[T]) now(item T) { q.add(item, priorityChanged, 0) }

func (q *queue[T]) after(item T, d time.Duration) { q.add(item, priorityChanged, d) }

func (q *queue[T]) listed(item T) { q.add(item, priorityListed, 0) }

func (q *queue[T]) add(item T, priority int, after time.Duration) {
	put := func(a adder[T]) { a.AddWithOpts(priorityqueue.AddOpts{Priority: &priority, After: after}, item) }
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.to == nil {
		q.waiting = append(q.waiting, put)
		return
	}
	put(q.to)
}

func (q *queue[T]) attach(to adder[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.to = to
	for _, put := range q.waiting {
		put(to)
	}
	q.waiting = nil
}

// create returns the constructor that controller-runtime calls when it starts the controller.
func (q *queue[T]) create(log logr.Logger) func(string, workqueue.TypedRateLimiter[T]) workqueue.TypedRateLimitingInterface[T] {
	return func(name string, limit workqueue.TypedRateLimiter[T]) workqueue.TypedRateLimitingInterface[T] {
		pq := priorityqueue.New(name, func(o *priorityqueue.Opts[T]) { o.Log, o.RateLimiter = log, limit })
		q.attach(pq)
		return pq
	}
}
