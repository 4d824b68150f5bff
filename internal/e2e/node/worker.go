package node

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// retryEvery is the interval of retries after the API server rejected a request.
const retryEvery = 200 * time.Millisecond

// worker manages one pod from its creation to its end.
type worker struct {
	agent *Agent
	uid   types.UID
	owner types.UID
	// ctx is cancelled when the object is gone or the agent closes.
	ctx    context.Context
	cancel context.CancelFunc
	// parent outlives ctx, for the last write.
	parent context.Context

	// node is set by the worker only, under the agent's lock.
	node string
	ip   netip.Addr
	// ending is closed when the pod is to end: from then on no container is started again.
	ending chan struct{}

	mu         sync.Mutex
	pod        *corev1.Pod // the last observed object
	changed    chan struct{}
	dirty      chan struct{}
	containers []*container
	trouble    string // why nothing was started
	started    time.Time

	writing sync.Mutex       // serialises writes of the status
	written corev1.PodStatus // the last status written
}

func newWorker(ctx context.Context, a *Agent, pod *corev1.Pod) *worker {
	own, cancel := context.WithCancel(ctx)
	return &worker{
		agent: a, uid: pod.UID, owner: owner(pod), ctx: own, cancel: cancel, parent: ctx, node: pod.Spec.NodeName,
		ending: make(chan struct{}), changed: make(chan struct{}, 1), dirty: make(chan struct{}, 1), pod: pod,
	}
}

// update stores a newer form of the pod.
func (w *worker) update(pod *corev1.Pod) {
	w.mu.Lock()
	w.pod = pod
	w.mu.Unlock()
	poke(w.changed)
	poke(w.dirty) // A readiness gate may have changed.
}

func (w *worker) seen() *corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pod
}

// poke sends without blocking on a channel with a buffer of one.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (w *worker) run() {
	defer w.agent.forget(w)
	defer w.cancel()
	if !w.bound() {
		return
	}
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer w.cancel() // Before the wait: it ends the containers of a pod that is gone.
	w.start(&tasks)
	tasks.Go(w.report)
	if !w.await(func(pod *corev1.Pod) bool { return pod.DeletionTimestamp != nil }) {
		return
	}
	w.terminate()
}

// await returns true once the pod satisfies the condition, or false if its life ends first.
func (w *worker) await(is func(*corev1.Pod) bool) bool {
	for !is(w.seen()) {
		select {
		case <-w.ctx.Done():
			return false
		case <-w.changed:
		}
	}
	return true
}

// bound reports whether the pod is bound to a node, after binding it if necessary.
func (w *worker) bound() bool {
	for {
		pod := w.seen()
		if pod.Spec.NodeName != "" {
			return w.onNode(pod.Spec.NodeName)
		}
		if pod.DeletionTimestamp == nil {
			_ = w.agent.bind(w.ctx, pod) // Retried until the binding shows.
		}
		select {
		case <-w.ctx.Done():
			return false
		case <-w.changed:
		case <-time.After(retryEvery):
		}
	}
}

// onNode records the node of a bound pod. A pod that is bound to a node of another agent is
// ignored.
func (w *worker) onNode(name string) bool {
	w.agent.mu.Lock()
	defer w.agent.mu.Unlock()
	w.node = name
	return w.agent.pools[name] != nil
}

// start allocates the pod's address and starts its containers, or records why it cannot.
func (w *worker) start(tasks *sync.WaitGroup) {
	pod := w.seen()
	if reason := unsupported(pod, w.agent.options.Images); reason != "" {
		w.setTrouble(reason)
		return
	}
	if pod.DeletionTimestamp != nil {
		return
	}
	if err := w.address(); err != nil {
		w.setTrouble(err.Error())
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = time.Now()
	for i := range pod.Spec.Containers {
		c := newContainer(w, pod, &pod.Spec.Containers[i])
		w.containers = append(w.containers, c)
		tasks.Go(c.run)
	}
}

func (w *worker) setTrouble(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = reason
}

func (w *worker) address() error {
	w.agent.mu.Lock()
	defer w.agent.mu.Unlock()
	ip, err := w.agent.pools[w.node].allocate()
	if err != nil {
		return err
	}
	w.ip = ip
	return nil
}

// unsupported returns the feature of the pod that is not supported here, or "".
func unsupported(pod *corev1.Pod, images map[string]Image) string {
	if len(pod.Spec.InitContainers) > 0 {
		return "init containers are not run"
	}
	if pod.Spec.HostNetwork {
		return "pods with the host's network are not run"
	}
	for _, c := range pod.Spec.Containers {
		if reason := unsupportedContainer(c, images); reason != "" {
			return fmt.Sprintf("container %s: %s", c.Name, reason)
		}
	}
	return ""
}

func unsupportedContainer(c corev1.Container, images map[string]Image) string {
	if _, ok := images[imageName(c.Image)]; !ok {
		return fmt.Sprintf("image %q is not among those that can be run", c.Image)
	}
	if len(c.Command) > 0 {
		return "a command in place of the image's own is not run"
	}
	if c.StartupProbe != nil {
		return "startup probes are not sent"
	}
	for _, p := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe} {
		if p != nil && p.HTTPGet == nil && p.TCPSocket == nil {
			return "only probes by httpGet and tcpSocket are sent"
		}
	}
	return unsupportedHook(c.Lifecycle)
}

func unsupportedHook(l *corev1.Lifecycle) string {
	if l == nil {
		return ""
	}
	if l.PostStart != nil || l.PreStop != nil && l.PreStop.Sleep == nil && l.PreStop.HTTPGet == nil {
		return "only preStop hooks by sleep and httpGet are run"
	}
	return ""
}
