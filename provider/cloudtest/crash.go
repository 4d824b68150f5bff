package cloudtest

// crash is the end of the client's process after some more writes.
type crash struct {
	writes  int // that still take effect
	over    bool
	crashed chan struct{}
}

// CrashAfter lets n more writes take effect, loses the reply to the n-th, and refuses all later
// calls until Heal. For n = 0, it refuses all calls at once. It closes the channel when the n-th
// write, and all that arrived before it, have taken effect: from then on, this client changes
// nothing. A write whose effect a fault prevents does not count.
func (w *Wire) CrashAfter(n int) (crashed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.crash = &crash{writes: max(n, 0), crashed: make(chan struct{})}
	done := w.crash.crashed
	w.settle()
	return done
}

// crashing counts a write. The reply to the last one is lost. The caller has locked the wire.
func (w *Wire) crashing(c *Call, f fate) fate {
	if w.crash == nil || c.Kind != Write || !f.runs() {
		return f
	}
	w.crash.writes--
	if w.crash.writes == 0 {
		return lostAfter
	}
	return f
}

// wrote counts a write as done by the control plane.
func (w *Wire) wrote() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writing--
	w.settle()
}

// settle completes a crash once no more write can take effect. The caller has locked the wire.
func (w *Wire) settle() {
	if c := w.crash; c != nil && !c.over && c.writes == 0 && w.writing == 0 {
		c.over = true
		close(c.crashed)
	}
}

// lost reports whether the client gets no reply to a call: by the fate of the call, or because the
// client has crashed since.
func (w *Wire) lost(f fate) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f == refused || f == lostAfter || w.crash != nil && w.crash.over
}
