package controller

import (
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
)

// The priorities of load balancers in the queue. What changed goes before what was only listed at a
// start.
const (
	listed  = -100 // listed at a start or resync, and settled as far as objects tell
	changed = 0
)

// queue is a queue of load balancers, or of pods. What is added before it is attached waits.
type queue[T comparable] struct {
	mu      sync.Mutex
	to      adder[T]
	waiting []func(adder[T])
}

// adder is what the queue needs of the controller's own.
type adder[T comparable] interface {
	AddWithOpts(o priorityqueue.AddOpts, items ...T)
}

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

func (q *queue[T]) now(item T) { q.add(item, changed, 0) }

func (q *queue[T]) after(item T, d time.Duration) { q.add(item, changed, d) }

func (q *queue[T]) attach(to adder[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.to = to
	for _, put := range q.waiting {
		put(to)
	}
	q.waiting = nil
}

// create is the constructor that controller-runtime calls when it starts the controller.
func (q *queue[T]) create(log logr.Logger) func(string, workqueue.TypedRateLimiter[T]) workqueue.TypedRateLimitingInterface[T] {
	return func(name string, limit workqueue.TypedRateLimiter[T]) workqueue.TypedRateLimitingInterface[T] {
		pq := priorityqueue.New(name, func(o *priorityqueue.Opts[T]) { o.Log, o.RateLimiter = log, limit })
		q.attach(pq)
		return pq
	}
}
