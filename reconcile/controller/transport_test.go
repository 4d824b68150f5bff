package controller

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// answering is a transport that replies with a status, or fails if it is 0.
type answering struct {
	status int
	bodies []string
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a.bodies = append(a.bodies, string(body))
	if a.status == 0 {
		return nil, errTest
	}
	return &http.Response{StatusCode: a.status, Body: http.NoBody, Request: r}, nil
}

func form(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://cloud.example/", io.NopCloser(strings.NewReader("Action=CreateRule")))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = int64(len("Action=CreateRule"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r
}

func action(r *http.Request) string {
	if r.GetBody == nil {
		return "unknown"
	}
	body, err := r.GetBody()
	if err != nil {
		return err.Error()
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err.Error()
	}
	return strings.TrimPrefix(string(text), "Action=")
}

func TestCallsAreCountedByOperationAndCode(t *testing.T) {
	registry := prometheus.NewRegistry()
	m, err := NewMetrics(registry, "fake")
	if err != nil {
		t.Fatal(err)
	}
	base := &answering{}
	rt := Transport(TransportOptions{Base: base, Name: action, Metrics: m})
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, 0} {
		base.status = status
		resp, err := rt.RoundTrip(form(t))
		if (err != nil) != (status == 0) {
			t.Errorf("status %d: %v", status, err)
		}
		if resp != nil {
			_ = resp.Body.Close()
		}
	}
	got := values(t, registry)
	for _, code := range []string{"200", "400", "0"} {
		if got["headgate_cloud_calls_total api=CreateRule code="+code] != 1 {
			t.Errorf("code %s: %v", code, got)
		}
	}
	if got["headgate_cloud_call_seconds api=CreateRule"] != 3 {
		t.Errorf("times: %v", got)
	}
	for _, b := range base.bodies {
		if b != "Action=CreateRule" {
			t.Errorf("the body is %q", b)
		}
	}
}

func TestARequestIsRefusedAfterTheLeaseExpires(t *testing.T) {
	now := &handClock{now: time.Unix(0, 0)}
	f := NewFence(&memoryLock{shared: &lease{}, id: "me"}, 10*time.Second, now)
	base := &answering{status: http.StatusOK}
	rt := Transport(TransportOptions{Base: base, Name: action, Fence: f})
	if err := f.Create(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "me"}); err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(form(t))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	now.now = now.now.Add(10 * time.Second)
	if _, err := rt.RoundTrip(form(t)); !errors.Is(err, errFenced) {
		t.Errorf("error: %v", err)
	}
	if len(base.bodies) != 1 {
		t.Errorf("%d requests were sent", len(base.bodies))
	}
}
