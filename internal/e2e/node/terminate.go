package node

import (
	"context"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// leastAfterHook is the shortest time between SIGTERM and SIGKILL, however long the preStop hook
// took (Kubernetes documentation: "Container hooks", a one-off extension of two seconds).
const leastAfterHook = 2 * time.Second

// terminate ends a pod that is being deleted, and then removes its object, as the kubelet does.
func (w *worker) terminate() {
	close(w.ending)
	grace, cancel := context.WithCancel(w.ctx)
	defer cancel()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() { w.awaitGrace(grace, cancel) })
	var ends sync.WaitGroup
	for _, c := range w.all() {
		ends.Go(func() { c.end(grace) })
	}
	ends.Wait()
	w.remove()
}

func (w *worker) all() []*container {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.containers
}

// awaitGrace calls over when the pod's grace period has passed, which a second deletion may
// shorten.
func (w *worker) awaitGrace(ctx context.Context, over func()) {
	begin := time.Now()
	for {
		left := graceOf(w.seen()) - time.Since(begin)
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-w.changed:
			timer.Stop()
		case <-timer.C:
			over()
			return
		}
	}
}

func graceOf(pod *corev1.Pod) time.Duration {
	if s := pod.DeletionGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return 30 * time.Second
}

// end runs the hook, sends SIGTERM, and sends SIGKILL when the grace period is over.
func (c *container) end(grace context.Context) {
	p := c.current()
	if p == nil {
		<-c.over
		return
	}
	c.preStop(grace)
	// It fails if the process has exited, and then there is nothing to do.
	_ = p.Signal(syscall.SIGTERM)
	least := time.NewTimer(leastAfterHook)
	defer least.Stop()
	select {
	case <-c.over:
		return
	case <-least.C:
	}
	select {
	case <-c.over:
	case <-grace.Done():
		_ = p.Kill()
		<-c.over
	}
}

func (c *container) preStop(grace context.Context) {
	if c.spec.Lifecycle == nil || c.spec.Lifecycle.PreStop == nil {
		return
	}
	ctx, cancel := context.WithCancel(grace)
	defer cancel()
	go func() { // The end of the container ends its hook.
		select {
		case <-c.over:
			cancel()
		case <-ctx.Done():
		}
	}()
	hook := c.spec.Lifecycle.PreStop
	if hook.Sleep != nil {
		pause(ctx, time.Duration(hook.Sleep.Seconds)*time.Second)
	}
	if hook.HTTPGet != nil {
		get(ctx, newClient(), c, hook.HTTPGet)
	}
}

// remove reports the final status and deletes the object, unless another pod has its name.
func (w *worker) remove() {
	options := *metav1.NewDeleteOptions(0)
	options.Preconditions = metav1.NewUIDPreconditions(string(w.uid))
	pod := w.seen()
	for {
		err := w.writeStatus()
		if err == nil {
			err = w.agent.client.CoreV1().Pods(pod.Namespace).Delete(w.parent, pod.Name, options)
		}
		if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return
		}
		if !pause(w.ctx, retryEvery) {
			return
		}
	}
}
