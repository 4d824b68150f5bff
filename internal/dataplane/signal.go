package dataplane

import "sync"

// Signal notifies waiters of a change. The zero value is ready for use. A signal has its own lock,
// so that it can be fired while the state that changes is locked.
type Signal struct {
	mu   sync.Mutex
	next chan struct{} // nil if nobody waits
}

// Changed returns a channel that is closed by the next Fire.
func (s *Signal) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(chan struct{})
	}
	return s.next
}

// Fire notifies all waiters.
func (s *Signal) Fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next != nil {
		close(s.next)
		s.next = nil
	}
}
