package cloudtest

// crash is the death of the client's process after some more writes.
type crash struct {
	left    int // writes that still go through
	over    bool
	crashed chan struct{}
}

// CrashAfter lets n more writes through (each takes effect), loses the reply of the n-th, and cuts
// every later call until Heal. Crashed is closed when the n-th write, and any that arrived before
// it, have taken effect: from then on this client changes nothing more. With n = 0 every call is
// cut at once. A write that a fault keeps from its effect does not count.
func (w *Wire) CrashAfter(n int) (crashed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crash = &crash{left: max(n, 0), crashed: make(chan struct{})}
	done := w.crash.crashed
	w.settle()
	return done
}

// crashing counts a write towards the crash; the reply of the last one is lost. The lock is held.
func (w *Wire) crashing(c *Call, f fate) fate {
	if w.crash == nil || c.Kind != Write || !f.runs() {
		return f
	}
	w.crash.left--
	if w.crash.left == 0 {
		return lostAfter
	}
	return f
}

// wrote tells that a write has left the control plane.
func (w *Wire) wrote() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writing--
	w.settle()
}

// settle completes a crash when no write can take effect any more. The lock is held.
func (w *Wire) settle() {
	if c := w.crash; c != nil && !c.over && c.left == 0 && w.writing == 0 {
		c.over = true
		close(c.crashed)
	}
}

// lost tells whether the reply of a call does not arrive: by its own fate, or because the client
// died in the meantime.
func (w *Wire) lost(f fate) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f == refused || f == lostAfter || w.crash != nil && w.crash.over
}
