package cluster

import (
	"context"
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/headgate-io/headgate/internal/e2e/process"
)

// awaitReady returns when the API server's /readyz answers 200, or when the API server or the
// context ends.
func (c *Cluster) awaitReady(ctx context.Context, p *process.Process) error {
	client, err := rest.HTTPClientFor(c.admin)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	defer client.CloseIdleConnections()
	return poll(ctx, p, "kube-apiserver ready", func() bool { return answersOK(ctx, client, c.URL()+"/readyz") })
}

func answersOK(ctx context.Context, client *http.Client, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// awaitServiceAccount returns when the controller manager works.
func (c *Cluster) awaitServiceAccount(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.admin)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	return poll(ctx, c.kcm, "the default service account", func() bool {
		_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})
}

// poll calls done until it returns true. Polling is the only way to observe the work of another
// process.
func poll(ctx context.Context, p *process.Process, what string, yes func() bool) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for !yes() {
		select {
		case <-p.Exited():
			return fmt.Errorf("wait for %s: %w", what, p.Failure())
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		case <-ticker.C:
		}
	}
	return nil
}
