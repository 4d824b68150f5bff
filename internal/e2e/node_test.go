package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/headgate-io/headgate/internal/e2e/binaries"
	"github.com/headgate-io/headgate/internal/e2e/cluster"
	"github.com/headgate-io/headgate/internal/e2e/sandbox"
)

func TestClaimedAddressesAcceptListeners(t *testing.T) {
	const address = "198.18.7.9:0"
	listen := func() error {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			return err
		}
		return l.Close()
	}
	if listen() == nil {
		t.Fatal("an unclaimed address is local to this machine")
	}
	release, err := sandbox.Claim(netip.MustParsePrefix("198.18.7.0/24"))
	if err != nil {
		t.Fatal(err)
	}
	if err := listen(); err != nil {
		t.Error(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if listen() == nil {
		t.Error("a released address is still local to this machine")
	}
}

func TestCrashedContainersRestart(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	e.workload(t, ns, "shop", 1, nil)
	ip, ep := one(e.awaitReady(t, ns, "shop", 1))
	pod, err := e.client.CoreV1().Pods(ns).Get(t.Context(), ep.TargetRef.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := strings.CutPrefix(pod.Status.ContainerStatuses[0].ContainerID, "process://")
	pid, err := strconv.Atoi(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the container runs again", func(ctx context.Context) error {
		pod, err := e.client.CoreV1().Pods(ns).Get(ctx, pod.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		s := pod.Status.ContainerStatuses[0]
		if last := s.LastTerminationState.Terminated; !s.Ready || s.RestartCount != 1 || last == nil || last.ExitCode != 128+9 {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	if r, err := get(t.Context(), "http://"+ip+":8080/"); err != nil || r.Pod != pod.Name {
		t.Errorf("after the restart: %+v, %v", r, err)
	}
}

func TestPodsRespectNodeSelectors(t *testing.T) {
	e := shared.start(t)
	ns := e.namespace(t)
	cordon := func(on bool) {
		patch := fmt.Appendf(nil, `{"spec":{"unschedulable":%t}}`, on)
		_, err := e.client.CoreV1().Nodes().Patch(context.Background(), "node-0", types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	cordon(true)
	t.Cleanup(func() { cordon(false) })
	e.workload(t, ns, "anywhere", 3, nil)
	e.workload(t, ns, "zonal", 2, func(p *corev1.PodSpec) {
		p.NodeSelector = map[string]string{corev1.LabelTopologyZone: zones[2]}
	})
	for ip, ep := range e.awaitReady(t, ns, "anywhere", 3) {
		if *ep.NodeName == "node-0" {
			t.Errorf("the pod at %s is on an unschedulable node", ip)
		}
	}
	for ip, ep := range e.awaitReady(t, ns, "zonal", 2) {
		if *ep.Zone != zones[2] {
			t.Errorf("the pod at %s is in %s", ip, *ep.Zone)
		}
	}
}

func TestClustersRunSideBySide(t *testing.T) {
	first := shared.start(t)
	ns := first.namespace(t)
	begin := time.Now()
	c, err := cluster.Start(t.Context(), cluster.Options{
		Programs: binaries.In(os.Getenv(variableControlPlane)), Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	memory, err := c.Resident()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v; resident: %v", time.Since(begin).Round(time.Millisecond), memory)
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CoreV1().Namespaces().Get(t.Context(), ns, metav1.GetOptions{})
	if err := absent(err); err != nil {
		t.Errorf("a namespace of the first cluster, in the second: %v", err)
	}
}

func TestPausedAPIServerDoesNotAnswer(t *testing.T) {
	e := shared.start(t)
	if err := e.cluster.PauseAPIServer(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	_, err := e.client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	cancel()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a paused API server: %v", err)
	}
	if err := e.cluster.ResumeAPIServer(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it answers again", func(ctx context.Context) error {
		_, err := e.client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
		return err
	})
}
