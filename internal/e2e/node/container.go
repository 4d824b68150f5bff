package node

import (
	"context"
	"net/netip"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// container is one container of a pod, over all its restarts.
type container struct {
	worker *worker
	spec   *corev1.Container
	policy corev1.RestartPolicy
	log    string
	env    []string
	args   []string
	path   string
	ip     netip.Addr

	// over is closed when the container has ended and is not started again.
	over chan struct{}

	mu       sync.Mutex
	process  *process.Process // nil when none runs
	started  time.Time
	ready    bool
	restarts int32
	last     *exit  // the previous run, or the only one
	waiting  string // why no process runs although one will
	problem  string // message for waiting
}

// exit describes the end of one run.
type exit struct {
	code            int
	started, ending time.Time
}

func newContainer(w *worker, pod *corev1.Pod, spec *corev1.Container) *container {
	image := w.agent.options.Images[imageName(spec.Image)]
	env, err := environment(pod, spec, image, w.ip)
	c := &container{
		worker: w, spec: spec, policy: pod.Spec.RestartPolicy, path: image.Path, env: env, ip: w.ip,
		log:     filepath.Join(w.agent.options.Dir, pod.Namespace, pod.Name, spec.Name+".log"),
		over:    make(chan struct{}),
		waiting: "ContainerCreating",
	}
	if err != nil {
		c.waiting, c.problem = "CreateContainerConfigError", err.Error()
	}
	c.args = arguments(spec, image, env)
	return c
}

// run starts the container as often as its restart policy allows, and returns when it has ended for
// good.
func (c *container) run() {
	defer close(c.over)
	if c.problem != "" {
		return
	}
	for {
		c.once()
		pause, again := c.next()
		if !again {
			return
		}
		select {
		case <-c.worker.ctx.Done():
			return
		case <-c.worker.ending:
			return
		case <-time.After(pause):
		}
	}
}

// once runs the program from start to end, together with its probes.
func (c *container) once() {
	p := c.launch()
	if p == nil {
		return
	}
	ctx, cancel := context.WithCancel(c.worker.ctx)
	var probes sync.WaitGroup
	c.probe(ctx, &probes, p)
	select {
	case <-p.Exited():
	case <-ctx.Done():
		_ = p.Kill() // The agent closes, so nobody needs the result.
	}
	cancel()
	probes.Wait()
	c.set(func() {
		c.last = &exit{code: p.ExitCode(), started: c.started, ending: time.Now()}
		c.process, c.ready = nil, false
	})
}

// launch starts the program unless the pod is to end. One lock covers both, so that end misses no
// process.
func (c *container) launch() *process.Process {
	defer poke(c.worker.dirty)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.worker.isEnding() {
		return nil
	}
	p, err := process.Start(process.Spec{Name: c.spec.Name, Path: c.path, Args: c.args, Env: c.env, Log: c.log})
	if err != nil {
		c.waiting, c.problem = "RunContainerError", err.Error()
		return nil
	}
	c.process, c.started, c.waiting, c.problem = p, time.Now(), "", ""
	c.ready = c.spec.ReadinessProbe == nil
	return p
}

// probe sends the container's probes until ctx ends.
func (c *container) probe(ctx context.Context, probes *sync.WaitGroup, p *process.Process) {
	if spec := c.spec.ReadinessProbe; spec != nil {
		probes.Go(func() {
			newProber(c, spec).run(ctx, func(ok bool) { c.set(func() { c.ready = ok }) })
		})
	}
	if spec := c.spec.LivenessProbe; spec != nil {
		probes.Go(func() {
			newProber(c, spec).run(ctx, func(ok bool) {
				if !ok && !c.worker.isEnding() {
					_ = p.Signal(syscall.SIGTERM) // It ends by itself, or its liveness fails again.
				}
			})
		})
	}
}

// firstPause and longestPause limit the restart backoff. The first restart is immediate, as with
// the kubelet; later ones wait longer, but less than with the kubelet.
const firstPause, longestPause = time.Second, 10 * time.Second

// next reports whether the container is started again, and after which pause.
func (c *container) next() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.worker.isEnding() || c.policy == corev1.RestartPolicyNever ||
		c.policy == corev1.RestartPolicyOnFailure && c.last != nil && c.last.code == 0 {
		return 0, false
	}
	c.restarts++
	if c.restarts == 1 {
		return 0, true
	}
	if c.waiting == "" {
		c.waiting = "CrashLoopBackOff"
	}
	return min(firstPause<<min(c.restarts-2, 10), longestPause), true
}

// set changes the container's state and triggers a status report.
func (c *container) set(change func()) {
	c.mu.Lock()
	change()
	c.mu.Unlock()
	poke(c.worker.dirty)
}

// current returns the running process, or nil.
func (c *container) current() *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.process
}

func (w *worker) isEnding() bool {
	select {
	case <-w.ending:
		return true
	default:
		return false
	}
}
