package controller

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// eventLog is the events that were published.
type eventLog struct {
	mu  sync.Mutex
	all []string
}

func (l *eventLog) Eventf(regarding, _ runtime.Object, _, reason, _, note string, args ...any) {
	o := regarding.(client.Object) //nolint:forcetypeassert // a test
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf("%s %s: %s", nameOf(o), reason, fmt.Sprintf(note, args...)))
}

func (l *eventLog) drain() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.all
	l.all = nil
	return out
}

// writeLog is the writes to the API server. fail makes them fail.
type writeLog struct {
	mu   sync.Mutex
	all  []string
	fail func(verb string, o client.Object) error
}

func (l *writeLog) note(verb string, o client.Object) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf("%s %T %s", verb, o, nameOf(o)))
	if l.fail != nil {
		return l.fail(verb, o)
	}
	return nil
}

func (l *writeLog) drain() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.all
	l.all = nil
	return out
}
