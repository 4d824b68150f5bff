package dataplane_test

import (
	"testing"

	"github.com/headgate-io/headgate/internal/dataplane"
)

func TestSignalNotifiesThoseThatWait(t *testing.T) {
	var s dataplane.Signal
	s.Fire() // nobody waits
	first, same := s.Changed(), s.Changed()
	if isClosed(first) {
		t.Error("a waiter is notified of an earlier change")
	}
	s.Fire()
	if !isClosed(first) || !isClosed(same) {
		t.Error("a waiter is not notified")
	}
	if isClosed(s.Changed()) {
		t.Error("a later waiter is notified of an earlier change")
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
