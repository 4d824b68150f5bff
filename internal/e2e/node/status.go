package node

import (
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// report writes the pod's status after each change, until the pod's life is over.
func (w *worker) report() {
	for {
		var again <-chan time.Time
		if w.writeStatus() != nil {
			again = time.After(retryEvery)
		}
		select {
		case <-w.ctx.Done():
			return
		case <-w.dirty:
		case <-again:
		}
	}
}

// writeStatus patches the differences from the last write. Conditions of other writers (readiness
// gates) survive a merge by type.
func (w *worker) writeStatus() error {
	w.writing.Lock()
	defer w.writing.Unlock()
	pod := w.seen()
	status := w.status(pod)
	if apiequality.Semantic.DeepEqual(status, w.written) {
		return nil
	}
	patch, err := patchOf(pod.UID, w.written, status)
	if err != nil {
		return fmt.Errorf("encode the status of %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	_, err = w.agent.client.CoreV1().Pods(pod.Namespace).
		Patch(w.ctx, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // The pod is gone, or another has its name.
	}
	if err != nil {
		return fmt.Errorf("write the status of %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	w.written = status
	return nil
}

// patchOf returns a patch that also removes what the last write had and this status does not. It
// applies only to the pod with that UID.
func patchOf(uid types.UID, from, to corev1.PodStatus) ([]byte, error) {
	before, err := json.Marshal(corev1.Pod{Status: from})
	if err != nil {
		return nil, err
	}
	after, err := json.Marshal(corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: uid}, Status: to})
	if err != nil {
		return nil, err
	}
	return strategicpatch.CreateTwoWayMergePatch(before, after, corev1.Pod{})
}

// status returns the pod's status as the worker knows it.
func (w *worker) status(pod *corev1.Pod) corev1.PodStatus {
	w.mu.Lock()
	trouble, started, containers := w.trouble, w.started, w.containers
	w.mu.Unlock()
	if trouble != "" {
		return corev1.PodStatus{Phase: corev1.PodPending, Reason: "Unsupported", Message: trouble}
	}
	if len(containers) == 0 {
		return corev1.PodStatus{Phase: corev1.PodPending}
	}
	ip, host := w.ip.String(), w.agent.hostAddress(w.node)
	status := corev1.PodStatus{
		PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}}, HostIP: host, HostIPs: []corev1.HostIP{{IP: host}},
		StartTime: &metav1.Time{Time: started.Truncate(time.Second)},
	}
	for _, c := range containers {
		status.ContainerStatuses = append(status.ContainerStatuses, c.status())
	}
	status.Phase = phase(status.ContainerStatuses)
	status.Conditions = w.conditions(pod, status)
	return status
}

func (a *Agent) hostAddress(node string) string {
	for _, n := range a.options.Nodes {
		if n.Name == node {
			return n.Address.String()
		}
	}
	return ""
}

// phase derives the phase from the containers (Kubernetes documentation: "Pod phase").
func phase(containers []corev1.ContainerStatus) corev1.PodPhase {
	ended, failed := 0, 0
	for _, c := range containers {
		switch {
		case c.State.Waiting != nil && c.RestartCount == 0:
			return corev1.PodPending
		case c.State.Terminated != nil:
			ended++
			if c.State.Terminated.ExitCode != 0 {
				failed++
			}
		}
	}
	if ended < len(containers) {
		return corev1.PodRunning
	}
	if failed > 0 {
		return corev1.PodFailed
	}
	return corev1.PodSucceeded
}

// conditions returns the four conditions of the kubelet. A condition that did not change retains
// its time.
func (w *worker) conditions(pod *corev1.Pod, status corev1.PodStatus) []corev1.PodCondition {
	containers := containersReady(status)
	ready := containers
	ready.Type = corev1.PodReady
	if containers.Status == corev1.ConditionTrue {
		ready = gatesOpen(pod)
	}
	out := []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue},
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue},
		ready, containers,
	}
	for i := range out {
		out[i].LastTransitionTime = w.since(out[i])
	}
	return out
}

func (w *worker) since(c corev1.PodCondition) metav1.Time {
	for _, old := range w.written.Conditions {
		if old.Type == c.Type && old.Status == c.Status {
			return old.LastTransitionTime
		}
	}
	return metav1.Time{Time: time.Now().Truncate(time.Second)}
}

func containersReady(status corev1.PodStatus) corev1.PodCondition {
	c := corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionFalse}
	if status.Phase == corev1.PodSucceeded {
		c.Reason = "PodCompleted"
		return c
	}
	for _, s := range status.ContainerStatuses {
		if !s.Ready {
			c.Reason, c.Message = "ContainersNotReady", "not ready: "+s.Name
			return c
		}
	}
	c.Status = corev1.ConditionTrue
	return c
}

// gatesOpen returns the Ready condition of a pod whose containers are ready: every condition that
// its readiness gates name must be True.
func gatesOpen(pod *corev1.Pod) corev1.PodCondition {
	open := map[corev1.PodConditionType]bool{}
	for _, c := range pod.Status.Conditions {
		open[c.Type] = c.Status == corev1.ConditionTrue
	}
	for _, gate := range pod.Spec.ReadinessGates {
		if !open[gate.ConditionType] {
			return corev1.PodCondition{
				Type: corev1.PodReady, Status: corev1.ConditionFalse,
				Reason: "ReadinessGatesNotReady", Message: "not true: " + string(gate.ConditionType),
			}
		}
	}
	return corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue}
}

// status returns the container's status as the API shows it.
func (c *container) status() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	running := c.process != nil
	s := corev1.ContainerStatus{
		Name: c.spec.Name, Image: c.spec.Image, ImageID: "local://" + c.path, RestartCount: c.restarts,
		Ready: running && c.ready, Started: &running,
	}
	switch {
	case running:
		s.ContainerID = fmt.Sprintf("process://%d", c.process.PID())
		s.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.Time{Time: c.started.Truncate(time.Second)}}
		s.LastTerminationState.Terminated = c.last.state()
	case c.waiting != "" || c.last == nil:
		s.State.Waiting = &corev1.ContainerStateWaiting{Reason: c.waiting, Message: c.problem}
		s.LastTerminationState.Terminated = c.last.state()
	default:
		s.State.Terminated = c.last.state()
	}
	return s
}

// state returns how a run ended, or nil if there was none.
func (e *exit) state() *corev1.ContainerStateTerminated {
	if e == nil {
		return nil
	}
	s := &corev1.ContainerStateTerminated{
		ExitCode: int32(e.code), Reason: "Completed",
		StartedAt:  metav1.Time{Time: e.started.Truncate(time.Second)},
		FinishedAt: metav1.Time{Time: e.ending.Truncate(time.Second)},
	}
	if e.code != 0 {
		s.Reason = "Error"
	}
	return s
}
