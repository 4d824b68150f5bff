package node

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

func TestPhaseFollowsContainers(t *testing.T) {
	waiting := corev1.ContainerStatus{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{}}}
	crashing := waiting
	crashing.RestartCount = 3
	running := corev1.ContainerStatus{State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	ended := func(code int32) corev1.ContainerStatus {
		return corev1.ContainerStatus{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code}}}
	}
	for _, c := range []struct {
		containers []corev1.ContainerStatus
		want       corev1.PodPhase
	}{
		{[]corev1.ContainerStatus{running, waiting}, corev1.PodPending},
		{[]corev1.ContainerStatus{running, crashing}, corev1.PodRunning},
		{[]corev1.ContainerStatus{running, ended(1)}, corev1.PodRunning},
		{[]corev1.ContainerStatus{ended(0), ended(0)}, corev1.PodSucceeded},
		{[]corev1.ContainerStatus{ended(0), ended(137)}, corev1.PodFailed},
	} {
		if got := phase(c.containers); got != c.want {
			t.Errorf("%v: %s, want %s", c.containers, got, c.want)
		}
	}
}

func TestGatesMustAllBeTrue(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{ReadinessGates: []corev1.PodReadinessGate{{ConditionType: "a"}, {ConditionType: "b"}}}}
	set := func(conditions ...corev1.PodCondition) corev1.ConditionStatus {
		pod.Status.Conditions = conditions
		return gatesOpen(pod).Status
	}
	a, b := corev1.PodCondition{Type: "a", Status: corev1.ConditionTrue}, corev1.PodCondition{Type: "b", Status: corev1.ConditionTrue}
	shut := corev1.PodCondition{Type: "b", Status: corev1.ConditionFalse}
	if set() != corev1.ConditionFalse || set(a) != corev1.ConditionFalse || set(a, shut) != corev1.ConditionFalse {
		t.Error("ready with a gate that is not true")
	}
	if set(a, b) != corev1.ConditionTrue {
		t.Error("not ready with all gates true")
	}
}

// A patch removes conditions that no longer apply, and leaves those of other writers alone.
func TestPatchesPreserveForeignConditions(t *testing.T) {
	gate := corev1.PodCondition{Type: "gate", Status: corev1.ConditionTrue}
	before := corev1.PodStatus{Conditions: []corev1.PodCondition{
		{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ContainersNotReady", Message: "not ready: echo"},
	}}
	after := corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}
	patch, err := patchOf("u", before, after)
	if err != nil {
		t.Fatal(err)
	}
	stored := before.DeepCopy()
	stored.Conditions = append(stored.Conditions, gate)
	document, err := json.Marshal(corev1.Pod{Status: *stored})
	if err != nil {
		t.Fatal(err)
	}
	merged, err := strategicpatch.StrategicMergePatch(document, patch, corev1.Pod{})
	if err != nil {
		t.Fatal(err)
	}
	var got corev1.Pod
	if err := json.Unmarshal(merged, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(after.Conditions, gate), got.Status.Conditions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.UID != "u" {
		t.Errorf("the patch would fit a pod of uid %q", got.UID)
	}
}
